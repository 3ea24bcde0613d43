import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { CommandFailed } from "./errors.ts";
import { describeBuilds, printed } from "./testing/describe-builds.ts";
import { archive, type Files } from "./testing/tar.ts";

describeBuilds("build steps", (host) => {
  describe("files", () => {
    test("layers hold what was written and no mount points", async () => {
      const files: Files = {
        busybox: (await host().content.read(host().images.resolve("base").id)) && "x",
        "d/a": "1",
        "d/b": "2",
      };
      const text =
        "FROM base\nCOPY d /x/y/\nRUN echo 1 > /z; rm /bin/ar\nRUN true\nWORKDIR /w/v\nCOPY nothing* /n/";
      await host().build(text, files, { tags: ["layers"] });
      expect(await host().layer("layers", -5)).toEqual([
        "x 755 0:0",
        "x/y 755 0:0",
        "x/y/a 644 0:0",
        "x/y/b 644 0:0",
      ]);
      expect(await host().layer("layers", -4)).toEqual(["bin 755 0:0", "bin/.wh.ar 0 0:0", "z 644 0:0"]);
      expect(await host().layer("layers", -3)).toEqual([]);
      expect(await host().layer("layers", -2)).toEqual(["w 755 0:0", "w/v 755 0:0"]);
      expect(await host().layer("layers", -1)).toEqual([]);
    });
    test("a RUN over nothing but a program leaves nothing of the runtime's", async () => {
      const text =
        'FROM scratch\nCOPY --from=base /bin/busybox /busybox\nRUN ["/busybox", "mkdir", "/kept"]\nRUN ["/busybox", "ls", "/"]';
      const built = await host().build(text, {}, { tags: ["bare"] });
      expect(await host().layer("bare", 1)).toEqual(["kept 755 0:0"]);
      expect(await host().layer("bare", 2)).toEqual([]);
      expect(printed(built.text)).toEqual(["busybox", "dev", "etc", "kept", "proc", "sys"]);
    });
    test("users: names in COPY, WORKDIR and RUN are the image's", async () => {
      const text = [
        "FROM base",
        "COPY --chown=u:g f /f",
        "COPY --chown=u f /f2",
        "USER u",
        "WORKDIR /home/u",
        "RUN stat -c '%n %u:%g' /f /f2 /home/u; id -u; echo $HOME; pwd; touch mine",
      ];
      expect(printed((await host().build(text.join("\n"), { f: "" })).text)).toEqual([
        "/f 1000:77",
        "/f2 1000:1000",
        "/home/u 1000:1000",
        "1000",
        "/home/u",
        "/home/u",
      ]);
    });
    test("ADD unpacks archives by content, and only archives", async () => {
      const tar = await archive({ "a/b": { body: Buffer.from("1"), uid: 11, gid: 12 } });
      const files: Files = {
        "x.tar": { body: tar },
        "named-txt": { body: gzipSync(tar) },
        "plain.gz": { body: gzipSync("text") },
        zst: { body: Bun.zstdCompressSync(tar) },
        // The same by bzip2 and by xz.
        bz: {
          body: Buffer.from(
            "QlpoOTFBWSZTWeVgkQEAADfbkOmAQADvhAACcAAeAAQAAAggAFRWgNADRoaDEk0aY1A9IH1IU5EVmSQsO+bZWpoCEEgFhnRMkCYYwgahkSqVWb4nJgD7mERBAPi7kinChIcrBIgI",
            "base64",
          ),
        },
        xz: {
          body: Buffer.from(
            "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4Af/AEFdADCLyEAOUCcI/OcFvm9u75zGPkDzrdulXcPrLRuLPN1nWynhcu0uP3/NEngE/IG0rNeJXrECBixzFg6Gf425UgWAAAAAANAIVxkAAVmAEAAAAO9qKwk+MA2LAgAAAAABWVo=",
            "base64",
          ),
        },
      };
      const text =
        "FROM base\nADD x.tar /p/\nADD named-txt /q\nADD zst /z\nADD bz /s\nADD xz /t\nADD plain.gz /r/\nCOPY x.tar /c/\nRUN stat -c '%n %u:%g' /p/a/b /q/a/b /z/a/b /s/a/b /t/a/b /r/* /c/*";
      expect(printed((await host().build(text, files)).text)).toEqual([
        "/p/a/b 11:12",
        "/q/a/b 11:12",
        "/z/a/b 11:12",
        "/s/a/b 11:12",
        "/t/a/b 11:12",
        "/r/plain.gz 0:0",
        "/c/x.tar 0:0",
      ]);
    });
    test(".dockerignore hides files from COPY, not the Dockerfile from the build", async () => {
      const files: Files = {
        ".dockerignore": "*.log\nDockerfile\nd\n!d/keep\n.dockerignore",
        "a.log": "",
        b: "",
        "d/keep": "",
        "d/x": "",
      };
      const text = "FROM base\nCOPY . /c/\nRUN cd /c && find . | sort";
      expect(printed((await host().build(text, files)).text)).toEqual([".", "./b", "./d", "./d/keep"]);
      const missing = await host().build("FROM base\nCOPY a.log /", files);
      expect(missing.error?.message).toStartWith(
        "COPY failed: file not found in build context or excluded by .dockerignore",
      );
      const own = { ...files, "sub/f.Dockerfile": text, "sub/f.Dockerfile.dockerignore": "*\n!a.log" };
      expect(printed((await host().build("", own, { dockerfile: "sub/f.Dockerfile" })).text)).toEqual([
        ".",
        "./a.log",
      ]);
    });
    test("heredocs: files, shell text, scripts", async () => {
      const text = [
        "FROM base",
        "ENV A=1",
        "COPY <<one <<'two' /h/",
        "$A",
        "one",
        "$A",
        "two",
        "RUN <<E",
        "cat /h/one /h/two",
        "echo second",
        "E",
        "RUN <<E",
        "#!/bin/busybox cat",
        "as written $A",
        "E",
        "RUN ls /dev/pipes",
      ];
      const built = await host().build(text.join("\n"), {}, { tags: ["heredoc"] });
      expect(printed(built.text).slice(0, 5)).toEqual([
        "1",
        "$A",
        "second",
        "#!/bin/busybox cat",
        "as written $A",
      ]);
      expect(built.error).toBeInstanceOf(CommandFailed);
    });
    test("a context in gzip, one in zstd", async () => {
      const tar = await archive({ Dockerfile: "FROM base\nCOPY f /f", f: "1" });
      for (const body of [gzipSync(tar), Bun.zstdCompressSync(tar)]) {
        const context = (async function* () {
          yield body;
        })();
        expect((await host().build("", {}, { context })).error).toBeUndefined();
      }
    });
  });

  describe("RUN", () => {
    test("its container", async () => {
      const text =
        "FROM base\nARG P=1\nRUN hostname; cat /etc/hosts; ls /sys/class/net; echo $P $http_proxy; mount | grep -c ' / '; cat /proc/1/comm; ulimit -n; df -k /dev/shm | tail -1 | awk '{print $2}'";
      const built = await host().build(
        text,
        {},
        {
          extraHosts: ["db:10.0.0.7", "six=[::7]"],
          buildArgs: { http_proxy: "http://proxy" },
          shmSize: 1 << 20,
          ulimits: [{ Name: "nofile", Soft: 77, Hard: 78 }],
        },
      );
      expect(printed(built.text)).toEqual([
        "buildkitsandbox",
        "127.0.0.1\tlocalhost buildkitsandbox",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "10.0.0.7\tdb",
        "::7\tsix",
        "lo",
        "1 http://proxy",
        "1",
        "sh",
        "77",
        "1024",
      ]);
    });
    test("its network: the bridge, none, the host's", async () => {
      const text = "FROM base\nRUN ls /sys/class/net | tr '\\n' ' '; ip route | grep -c default || true";
      expect(printed((await host().build(text, {}, { networkMode: "default" })).text)).toEqual(["eth0 lo 1"]);
      expect(printed((await host().build(text, {}, { networkMode: "none" })).text)).toEqual(["lo 0"]);
      const onHost = await host().build(text, {}, { networkMode: "host" });
      expect(printed(onHost.text)[0]).toContain(host().bridge);
      const bad = await host().build(text, {}, { networkMode: "nope" });
      expect(bad.error?.message).toContain('network mode "nope" is not supported by build');
    });
    test("it is confined as containers are", async () => {
      const text =
        "FROM base\nRUN mknod /dev/sdz b 8 0 && cat /dev/sdz; mount -t tmpfs x /tmp; echo 1 > /proc/sys/kernel/hostname; true";
      const { text: shown } = await host().build(text);
      expect(shown).toMatch(/cat: can't open '\/dev\/sdz': Operation not permitted/);
      expect(shown).toMatch(/mount: permission denied/);
      expect(shown).toMatch(/hostname: Read-only file system/);
    });
  });
});
