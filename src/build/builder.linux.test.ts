import { describe, expect, test } from "bun:test";
import { describeBuilds, printed } from "./testing/describe-builds.ts";

describeBuilds("builder", (host) => {
  describe("stream", () => {
    test("has the classic builder's words", async () => {
      const dockerfile =
        'FROM base AS a\nARG X=1\nRUN echo out; sleep 0.1; echo err >&2\nFROM a\nCOPY f /f\nCMD ["sh"]';
      const built = await host().build(dockerfile, { f: "1" }, { tags: ["x:1", "y"] });
      expect(built.error).toBeUndefined();
      const hex = "[0-9a-f]{12}";
      const lines = [
        "Step 1/6 : FROM base AS a",
        ` ---> ${hex}`,
        "Step 2/6 : ARG X=1",
        ` ---> ${hex}`,
        "Step 3/6 : RUN echo out; sleep 0.1; echo err >&2",
        ` ---> Running in ${hex}`,
        "out",
        "\u001b\\[91merr",
        `\u001b\\[0m ---> Removed intermediate container ${hex}`,
        ` ---> ${hex}`,
        "Step 4/6 : FROM a",
        ` ---> ${hex}`,
        "Step 5/6 : COPY f /f",
        ` ---> ${hex}`,
        'Step 6/6 : CMD \\["sh"\\]',
        ` ---> ${hex}`,
        `Successfully built ${hex}`,
        "Successfully tagged x:1",
        "Successfully tagged y:latest",
        "",
      ];
      expect(built.text).toMatch(new RegExp(`^${lines.join("\n")}$`));
      expect(built.messages.filter(({ aux }) => aux)).toEqual([{ aux: { ID: built.id } }]);
      expect(host().images.resolve("x:1").id).toBe(built.id as `sha256:${string}`);
    });
    test("quiet: the id alone", async () => {
      const built = await host().build("FROM base\nRUN echo loud", {}, { quiet: true });
      expect(built.messages).toEqual([{ aux: { ID: built.id } }, { stream: `${built.id}\n` }]);
    });
    test("scratch, arguments before FROM, unused arguments, warnings", async () => {
      const built = await host().build(
        "ARG A=1\nFROM scratch\nENV \\\n\nB=1",
        {},
        { buildArgs: { Z: "1", A: null } },
      );
      expect(built.text.split("\n").slice(0, 5)).toEqual([
        "[WARNING]: Empty continuation line found in: ENV B=1",
        "Step 1/3 : ARG A=1",
        "Step 2/3 : FROM scratch",
        " ---> ",
        "Step 3/3 : ENV B=1",
      ]);
      expect(built.text).toContain("[Warning] One or more build-args [Z] were not consumed\n");
    });
    test("stages that run side by side keep their output together and in order", async () => {
      const stage = (name: string, wait: string) =>
        `FROM base AS ${name}\nRUN for i in 1 2 3; do echo ${name}$i; sleep ${wait}; done; echo x > /${name}`;
      const dockerfile = [
        stage("a", "0.1"),
        stage("b", "0.02"),
        "FROM base",
        "COPY --from=a /a /",
        "COPY --from=b /b /",
      ];
      const before = Date.now();
      const built = await host().build(dockerfile.join("\n"), {}, { noCache: true });
      expect(printed(built.text)).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
      expect(Date.now() - before).toBeLessThan(5000);
      const steps = [...built.text.matchAll(/^Step (\d)/gm)].map(([, number]) => number);
      expect(steps).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    });
  });

  describe("stages", () => {
    test("only what the target needs is built; --target stops there", async () => {
      const text =
        "FROM base AS a\nRUN echo in-a\nFROM base AS never\nRUN exit 1\nFROM a AS b\nRUN echo in-b\nFROM b\nRUN echo in-c";
      expect(printed((await host().build(text)).text)).toEqual(["in-a", "in-b", "in-c"]);
      const target = await host().build(text, {}, { target: "b", noCache: true });
      expect(printed(target.text)).toEqual(["in-a", "in-b"]);
      expect(target.text).toContain("Step 4/4 : RUN echo in-b");
    });
    test("COPY --from keeps owners of what is inside, also from an image", async () => {
      const text = [
        "FROM base AS s",
        "RUN mkdir -p /o/p && chown -R 5:6 /o && echo r > /o/p/r && chmod 4711 /o/p/r",
        "FROM base",
        "COPY --from=s /o /o",
        "COPY --from=base /etc/passwd /pw",
        "RUN stat -c '%n %a %u:%g' /o /o/p /o/p/r /pw",
      ];
      expect(printed((await host().build(text.join("\n"))).text)).toEqual([
        "/o 755 0:0",
        "/o/p 755 5:6",
        "/o/p/r 4711 0:0",
        "/pw 644 0:0",
      ]);
    });
    test("ONBUILD triggers run in what is built from the image, and are gone there", async () => {
      await host().build("FROM base\nONBUILD COPY f /f\nONBUILD RUN cat /f", {}, { tags: ["trigger"] });
      expect(host().config("trigger").config?.OnBuild).toEqual(["COPY f /f", "RUN cat /f"]);
      const built = await host().build(
        "FROM trigger\nRUN echo own",
        { f: "from context\n" },
        { tags: ["pulled"] },
      );
      expect(printed(built.text)).toEqual(["from context", "own"]);
      expect(built.text).toStartWith("Step 1/2 : FROM trigger\n# Executing 2 build triggers\n ---> ");
      expect(host().config("pulled").config?.OnBuild).toBeUndefined();
    });
  });

  describe("image", () => {
    test("configuration and history", async () => {
      const text =
        'FROM base\nENV A=b\nWORKDIR /w\nUSER u\nEXPOSE 80\nVOLUME /v\nLABEL a=1\nMAINTAINER me\nRUN true\nCMD ["x"]';
      const { id } = await host().build(text, {}, { tags: ["config"], labels: { b: "2" } });
      const { config, history, author, created, os, architecture } = host().config("config");
      expect([author, os, architecture]).toEqual([
        "me",
        "linux",
        process.arch === "x64" ? "amd64" : process.arch,
      ]);
      expect(JSON.stringify(config)).toBe(
        JSON.stringify({
          User: "u",
          ExposedPorts: { "80/tcp": {} },
          Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=b"],
          Cmd: ["x"],
          Volumes: { "/v": {} },
          WorkingDir: "/w",
          Labels: { a: "1", b: "2" },
          ArgsEscaped: true,
        }),
      );
      const own = history?.slice(-9) ?? [];
      expect(own.map(({ created_by, empty_layer }) => `${empty_layer ? "-" : "+"} ${created_by}`)).toEqual([
        "- ENV A=b",
        "+ WORKDIR /w",
        "- USER u",
        "- EXPOSE [80/tcp]",
        "- VOLUME [/v]",
        "- LABEL a=1",
        "- MAINTAINER me",
        "+ RUN /bin/sh -c true # buildkit",
        '- CMD ["x"]',
      ]);
      expect(own.every((entry) => entry.comment === "buildkit.dockerfile.v0" && entry.created)).toBe(true);
      expect(created).toBe(own.at(-1)?.created as string);
      const layers = history?.filter((entry) => !entry.empty_layer).length;
      expect(layers).toBe(host().images.resolve("config").layers.length);
      expect(id).toBe(host().images.resolve("config").id);
    });
    test("a tag moves from the image that had it", async () => {
      const first = await host().build("FROM base\nENV T=1", {}, { tags: ["moving"] });
      const second = await host().build("FROM base\nENV T=2", {}, { tags: ["moving"] });
      expect(host().images.resolve("moving").id).toBe(second.id as `sha256:${string}`);
      expect(host().images.tagsOf(first.id as `sha256:${string}`)).toEqual([]);
    });
  });
});
