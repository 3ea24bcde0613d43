import { sign } from "node:crypto";
import { makeCertificate } from "./certificate.ts";
import { TEST_USER } from "./start-registry.ts";

const SERVICE = "berth-test";
const ISSUER = "berth-test-issuer";

/** A request as the token server saw it. */
export interface TokenAsked {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly authorization: string | undefined;
  /** The fields of a POST. */
  readonly form: Readonly<Record<string, string>>;
}

export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  readonly asked: readonly TokenAsked[];
  /** What a refresh token stands for TEST_USER with. */
  readonly refreshToken: string;
  /** How it behaves from now on. */
  readonly behaviour: {
    /** GET is answered 405, as by servers that only know OAuth2. */
    onlyPost: boolean;
    /** Name of the token's field. */
    field: "token" | "access_token";
    /** Seconds; a negative one makes tokens that the registry refuses. */
    lifetime: number;
    /** What the client is told in their place. */
    toldLifetime: number | undefined;
  };
  /** For the registry's `auth: token`. */
  readonly registrySettings: Readonly<Record<string, string>>;
}

/** A token server after distribution's specification: TEST_USER may do everything, others pull `public/...`. */
export async function startTokenServer(directory: string): Promise<TokenServer> {
  const certificate = makeCertificate(directory, "tokens");
  const asked: TokenAsked[] = [];
  const behaviour: TokenServer["behaviour"] = {
    onlyPost: false,
    field: "token",
    lifetime: 300,
    toldLifetime: undefined,
  };
  const refreshToken = crypto.randomUUID();
  const basic = `Basic ${Buffer.from(`${TEST_USER.username}:${TEST_USER.password}`).toString("base64")}`;

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { method } = request;
      const form = method === "POST" ? Object.fromEntries(new URLSearchParams(await request.text())) : {};
      const { searchParams } = new URL(request.url);
      const scopes = method === "POST" ? (form.scope ?? "").split(" ") : searchParams.getAll("scope");
      const authorization = request.headers.get("authorization") ?? undefined;
      asked.push({ method, scopes: scopes.filter(Boolean), authorization, form });
      if (method === "GET" && behaviour.onlyPost) return new Response("GET is not answered", { status: 405 });
      const known =
        method === "POST"
          ? form.refresh_token === refreshToken ||
            (form.username === TEST_USER.username && form.password === TEST_USER.password)
          : authorization === basic;
      if (!known && (method === "POST" || authorization)) {
        return Response.json({ details: "incorrect username or password" }, { status: 401 });
      }
      const offline = searchParams.get("offline_token") === "true" || form.access_type === "offline";
      return Response.json({
        [behaviour.field]: token(certificate, scopes.filter(Boolean), known, behaviour.lifetime),
        expires_in: behaviour.toldLifetime ?? behaviour.lifetime,
        ...(offline && known && { refresh_token: refreshToken }),
      });
    },
  });
  const realm = `http://127.0.0.1:${server.port}/token`;
  return {
    ...{ realm, asked, refreshToken, behaviour },
    registrySettings: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle: certificate.certPath },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** A JSON web token signed with ES256, its certificate in the head. */
function token(
  certificate: { cert: string; key: string },
  scopes: readonly string[],
  known: boolean,
  lifetime: number,
): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.flatMap((scope) => {
    const [type, name = "", actions = ""] = scope.split(":");
    const wanted = actions.split(",");
    const granted = known ? wanted : wanted.filter((one) => one === "pull" && name.startsWith("public/"));
    return granted.length > 0 ? [{ type, name, actions: granted }] : [];
  });
  const x5c = [certificate.cert.replace(/-----[A-Z ]+-----|\s/g, "")];
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = part({ typ: "JWT", alg: "ES256", x5c });
  const body = part({
    ...{ iss: ISSUER, sub: known ? TEST_USER.username : "", aud: SERVICE, jti: crypto.randomUUID() },
    ...{ iat: now - 60, nbf: now - 60, exp: now + lifetime, access },
  });
  const signature = sign("sha256", Buffer.from(`${head}.${body}`), {
    key: certificate.key,
    dsaEncoding: "ieee-p1363",
  });
  return `${head}.${body}.${signature.toString("base64url")}`;
}
