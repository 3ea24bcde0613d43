import { denied } from "../../core/index.ts";
import { failureOf, reworded } from "./failures.ts";
import { withRetries } from "./retry.ts";
import type { Session } from "./session.ts";
import type { Timing } from "./timing.ts";

/**
 * Whether a registry takes these credentials: its base (`/v2/`) must answer 200 to them.
 * @returns the token server's refresh token, which stands for the password from now on, or ""
 * @throws denied `unauthorized: ...`
 */
export async function login(session: Session, timing: Timing, signal: AbortSignal): Promise<string> {
  const reached = () => session.endpoint.reached;
  return withRetries(
    async () => {
      const response = await session.send({ method: "GET", target: "v2/", scopes: [], signal });
      if (response.status !== 200) {
        throw reworded(await failureOf(response, timing.now()), (said) =>
          response.status === 401 || response.status === 403
            ? denied(`unauthorized: ${said.message.replace(/^(unauthorized|denied): /, "")}`)
            : said,
        );
      }
      await response.discard();
      const token = await session.authorizer.login(await session.endpoint.base(signal), signal);
      return token?.refresh ?? "";
    },
    { signal, timing, further: 2, reached },
  );
}
