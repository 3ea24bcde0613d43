/** C5: everything about a container as JSON, and any part of it by a Go template. */
import { expect, test } from "bun:test";
import { bothClis, eventually, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c5").use();

bothClis(engine, (cli) => {
  const name = cli.unique("web");
  const format = (template: string) => cli.ok("inspect", "-f", template, name);

  test("the whole is there, as the container was asked for", async () => {
    const id = await cli.ok(
      ...["run", "-d", "--name", name, "-e", "COLOR=blue", "--label", "a.b=c", "-w", "/tmp", "-u", "app"],
      ...[
        "--stop-signal",
        "INT",
        "--hostname",
        "inside",
        "-p",
        "127.0.0.1::80",
        engine.base,
        "sleep",
        "1000",
      ],
    );
    const it = await cli.inspect(name);
    expect(it).toMatchObject({
      Id: id,
      Name: `/${name}`,
      Path: "sleep",
      Args: ["1000"],
      RestartCount: 0,
      Platform: "linux",
      State: { Status: "running", Running: true, Paused: false, ExitCode: 0, OOMKilled: false, Error: "" },
      Config: {
        Hostname: "inside",
        User: "app",
        WorkingDir: "/tmp",
        StopSignal: "INT",
        Cmd: ["sleep", "1000"],
        Image: engine.base,
        Tty: false,
        Labels: { "a.b": "c" },
        ExposedPorts: { "80/tcp": {} },
      },
      HostConfig: {
        NetworkMode: "bridge",
        PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
        RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
        AutoRemove: false,
        Privileged: false,
      },
      Mounts: [],
    });
    expect(it.Config.Env).toContain("COLOR=blue");
    expect(it.State.Pid).toBeGreaterThan(1);
    expect(it.Image).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(Date.parse(it.State.StartedAt)).toBeGreaterThanOrEqual(Date.parse(it.Created));
    expect(it.State.FinishedAt).toBe("0001-01-01T00:00:00Z");
    const { bridge } = it.NetworkSettings.Networks;
    expect(bridge?.IPAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(it.NetworkSettings.IPAddress).toBe(bridge?.IPAddress ?? "");
    expect(it.NetworkSettings.Ports["80/tcp"]?.[0]?.HostIp).toBe("127.0.0.1");
    expect(Number(it.NetworkSettings.Ports["80/tcp"]?.[0]?.HostPort)).toBeGreaterThan(1023);
  });

  test("a container is found by name, id and any unique beginning of the id", async () => {
    const { Id } = await cli.inspect(name);
    for (const key of [Id, Id.slice(0, 12), Id.slice(0, 20), `/${name}`]) {
      expect((await cli.inspect(key)).Name).toBe(`/${name}`);
    }
  });

  test("Go templates: fields, indices, ranges, conditions, functions", async () => {
    const it = await cli.inspect(name);
    expect(await format("{{.State.Status}} {{.State.Running}} {{.State.Pid}}")).toBe(
      `running true ${it.State.Pid}`,
    );
    expect(await format('{{index .Config.Labels "a.b"}}')).toBe("c");
    expect(await format("{{index .Config.Cmd 1}} {{len .Config.Cmd}}")).toBe("1000 2");
    expect(JSON.parse(await format("{{json .Config.Cmd}}"))).toEqual(["sleep", "1000"]);
    expect(await format("{{range .Config.Cmd}}<{{.}}>{{end}}")).toBe("<sleep><1000>");
    expect(await format("{{range $i, $word := .Config.Cmd}}{{if $i}}, {{end}}{{$word}}{{end}}")).toBe(
      "sleep, 1000",
    );
    expect(
      await format("{{if .State.Paused}}paused{{else if .State.Running}}running{{else}}other{{end}}"),
    ).toBe("running");
    expect(
      await format("{{range $name, $net := .NetworkSettings.Networks}}{{$name}}={{$net.IPAddress}}{{end}}"),
    ).toBe(`bridge=${it.NetworkSettings.IPAddress}`);
    expect(await format('{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}')).toBe(
      it.NetworkSettings.Ports["80/tcp"]?.[0]?.HostPort ?? "",
    );
    expect(
      await format(
        '{{join .Config.Cmd "+"}} {{upper .Path}} {{title "x"}} {{printf "%q %d" .Path .RestartCount}}',
      ),
    ).toBe('sleep+1000 SLEEP X "sleep" 0');
    expect(
      await format("{{with .Config}}{{.WorkingDir}}{{end}} {{eq .Path `sleep`}} {{and true (not false)}}"),
    ).toBe("/tmp true true");
  });

  test("-f json, several names, --size", async () => {
    expect(JSON.parse(await cli.ok("inspect", "-f", "json", name))).toMatchObject([{ Name: `/${name}` }]);
    const other = cli.unique("other");
    await cli.ok("create", "--name", other, engine.base);
    expect(await cli.ok("inspect", "-f", "{{.Name}}", name, other)).toBe(`/${name}\n/${other}`);
    await cli.ok("exec", name, "sh", "-c", "head -c 100000 /dev/zero > /tmp/file");
    const [sized] = JSON.parse(await cli.ok("inspect", "--size", name)) as [
      { SizeRw: number; SizeRootFs: number },
    ];
    expect(sized.SizeRw).toBeGreaterThanOrEqual(100_000);
    expect(sized.SizeRootFs).toBeGreaterThan(sized.SizeRw);
  });

  test("inspect finds images too; --type says which is meant", async () => {
    expect(JSON.parse(await cli.ok("inspect", engine.base))[0].RepoTags).toContain(engine.base);
    const { code, stderr } = await cli.run(["inspect", "--type", "container", engine.base]);
    expect(code).toBe(1);
    expect(stderr).toContain(`No such container: ${engine.base}`);
  });

  test("what is not there: an empty list, one line, status 1", async () => {
    const { code, stdout, stderr } = await cli.run(["inspect", "nosuch"]);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 1, stdout: "[]" });
    expect(stderr.trim().toLowerCase()).toBe("error: no such object: nosuch");
  });

  test("a wrong template is refused with its reason", async () => {
    const broken = await cli.run(["inspect", "-f", "{{.State", name]);
    expect(broken.code).not.toBe(0);
    expect(broken.stderr).toContain("template parsing error");
    const unknown = await cli.run(["inspect", "-f", "{{.Nothing}}", name]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("Nothing");
  });

  test("after the end the state tells how it went", async () => {
    await cli.ok("stop", "-t", "0", name);
    const state = await eventually("it stopped", async () => {
      const { State } = await cli.inspect(name);
      return State.Running ? undefined : State;
    });
    expect(state).toMatchObject({ Status: "exited", Pid: 0, ExitCode: 137 });
    expect(Date.parse(state.FinishedAt)).toBeGreaterThan(Date.parse(state.StartedAt));
  });
});
