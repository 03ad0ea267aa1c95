using System.Text;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Secrecy;

/// <summary>Secrets that can be recognised go in, and everything that comes out is searched for them.</summary>
public sealed class CanaryTests
{
    private const string Agent = "reader";

    private readonly Canary _passphrase = Canary.Make("the passphrase");
    private readonly Canary _replacement = Canary.Make("the new passphrase");
    private readonly Canary _keyPassphrase = Canary.Make("a key's passphrase");
    private readonly Canary _value = Canary.Make("a value");
    private readonly Canary _older = Canary.Make("a value's earlier version");
    private readonly Canary _sent = Canary.Make("what an agent sent");

    private readonly List<(string What, string Output)> _said = [];

    [Fact]
    public async Task No_secret_is_in_what_is_said_logged_listed_or_written()
    {
        await using var home = new SanctumHome();
        await using var watch = new ProcessWatch();
        var (passphrase, replacement) = (await FileAsync(home, _passphrase), await FileAsync(home, _replacement));
        await OperateAsync(home, passphrase);
        using (var wire = await WireClient.ConnectAsync(home.Socket))
        {
            await UseAndBeRefusedAsync(home, wire);
        }

        // The files while they are in use, then when they are at rest.
        var canaries = Canaries(home);
        var findings = new Findings(canaries);
        LookAtFiles(home, findings);
        var audit = await SayAsync(home, passphrase, "", "audit", "log", "--last", "all", "--json");
        await SayAsync(home, passphrase, "", "audit", "verify");
        await SayAsync(home, passphrase, "", "backup", Path.Join(home.Directory, "backup"));
        await SayAsync(home, passphrase, "", "passphrase", "change", "--new-passphrase-file", replacement);
        await SayAsync(home, passphrase, "", "get", "a/b"); // No longer the passphrase.
        await SayAsync(home, replacement, "", "seal");
        await SayAsync(home, replacement, "", "unseal");
        await SayAsync(home, replacement, "", "daemon", "stop");
        LookAtFiles(home, findings);

        findings.Look("the audit export", audit.Output);
        foreach (var (what, output) in _said)
        {
            findings.Look(what, output);
        }

        foreach (var shown in await watch.EndAsync())
        {
            findings.Look("the list of processes", shown);
        }

        Assert.Empty(findings.All);
        Assert.True(findings.Places > 60, $"only {findings.Places} places were looked at");
        Assert.Contains("a/b", audit.Output, StringComparison.Ordinal);
        Assert.Contains("request", await File.ReadAllTextAsync(Path.Join(home.Vault, "daemon.log")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_search_finds_what_is_there()
    {
        // What goes in comes out of 'get', in each form that it can be asked for; else the other tests would prove nothing.
        await using var home = new SanctumHome();
        var passphrase = await FileAsync(home, _passphrase);
        (await SayAsync(home, passphrase, "", "init")).Done();
        (await SayAsync(home, passphrase, _value.Text, "store", "a/b")).Done();
        var got = await home.RunBareAsync("", ["get", "a/b", "--passphrase-file", passphrase]);
        Assert.Equal(_value.Text, got.Output);
        var utf8 = Encoding.UTF8.GetBytes(_value.Text);
        string[] forms =
        [
            got.Output, Convert.ToHexString(utf8), Convert.ToHexStringLower(utf8), Convert.ToBase64String(utf8), Convert.ToBase64String([1, .. utf8]),
            Convert.ToBase64String([1, 2, .. utf8]), JsonValue.Create(_value.Text).ToJsonString(), Uri.EscapeDataString(_value.Text),
        ];
        foreach (var form in forms)
        {
            Assert.NotEmpty(_value.In(form));
            Assert.NotEmpty(_value.In(Encoding.Unicode.GetBytes(form)));
            Assert.Empty(_passphrase.In(form));
        }
    }

    [Fact]
    public async Task A_passphrase_in_the_commands_environment_is_not_in_the_daemons()
    {
        await using var home = new SanctumHome();
        (string, string)[] environment = [("SANCTUM_PASSPHRASE", _passphrase.Text), ("SANCTUM_TOKEN", _value.Text)];
        (await home.RunBareAsync("", ["init"], environment)).Done();
        (await home.RunBareAsync("", ["daemon", "start"], environment)).Done();
        try
        {
            using var admin = new AdminWire(home);
            var process = (await admin.DoAsync("status"))["process_id"]!.ToString();
            var findings = new Findings([_passphrase, _value]);
            findings.LookAtFile($"/proc/{process}/environ");
            findings.LookAtFile($"/proc/{process}/cmdline");
            Assert.Empty(findings.All);
        }
        finally
        {
            (await home.RunBareAsync("", ["daemon", "stop"], ("SANCTUM_PASSPHRASE", _passphrase.Text))).Done();
        }
    }

    private IReadOnlyList<Canary> Canaries(SanctumHome home) =>
    [
        _passphrase, _replacement, _keyPassphrase, _value, _older, _sent,
        Canary.Of("the agent's private key", Convert.FromHexString(File.ReadAllText(home.KeyOf(Agent)).Trim())),
    ];

    private async Task OperateAsync(SanctumHome home, string passphrase)
    {
        (await SayAsync(home, passphrase, "", "init")).Done();
        var config = Path.Join(home.Vault, "config.json");
        await File.WriteAllTextAsync(config, """{ "log_level": "debug" }""");
        File.SetUnixFileMode(config, HostTools.File600);
        (await SayAsync(home, passphrase, "", "daemon", "start")).Done();
        (await SayAsync(home, passphrase, _older.Text, "store", "a/b", "--type", "api_key")).Done();
        (await SayAsync(home, passphrase, _value.Text, "store", "a/b", "--json")).Done();
        (await SayAsync(home, passphrase, "", "list")).Done();
        (await SayAsync(home, passphrase, "", "agent", "register", Agent, "--json")).Done();
        (await SayAsync(home, passphrase, "", "agent", "register", "locked", "--key-passphrase-file", await FileAsync(home, _keyPassphrase))).Done();
        (await SayAsync(home, passphrase, "", "policy", "add", "reads", "--principal", $"agent:{Agent}", "--resources", "a/*", "--actions", "retrieve,list,use")).Done();

        // What goes wrong, with a secret at hand or in the wrong place.
        await SayAsync(home, passphrase, "", "store", "a/b", "--tpye", "x");
        await SayAsync(home, passphrase, _value.Text, "store", "no good/../path");
        await SayAsync(home, passphrase, _value.Text, "store", "a/c", "--header-type", "nonsense");
        await SayAsync(home, passphrase, _value.Text, "list");
        await SayAsync(home, await FileAsync(home, _replacement), "", "list");
        await SayAsync(home, passphrase, "", "passphrase", "change");
        await SayAsync(home, passphrase, "", "init");
        await SayAsync(home, passphrase, "", "restore", passphrase, "--vault-path", Path.Join(home.Directory, "other"));
    }

    private async Task UseAndBeRefusedAsync(SanctumHome home, WireClient wire)
    {
        await wire.SignInAsync(Agent, home.KeyOf(Agent));
        Assert.NotEmpty(_value.In((await wire.DoAsync("retrieve", new JsonObject { ["path"] = "a/b" })).ToJsonString()));
        await wire.DoAsync("list");
        await wire.DoAsync("use", Use("sign", new JsonObject { ["data"] = _sent.Text }));
        await wire.DoAsync("use", Use("encrypt", new JsonObject { ["data"] = _sent.Text }));
        await wire.DoAsync("use", Use("http_header", []));

        JsonObject[] wrong =
        [
            Use("sign", new JsonObject { ["data"] = _sent.Text, ["payload"] = _sent.Text }),
            Use("sign", new JsonObject { ["data"] = _sent.Text, ["algorithm"] = _sent.Text }),
            Use("sign", new JsonObject { ["data"] = _sent.Text, ["algorithm"] = "ed25519" }),
            Use("sign", new JsonObject { [_sent.Text] = _sent.Text }),
            Use("verify", new JsonObject { ["data"] = _sent.Text, ["signature"] = _sent.Text }),
            Use("decrypt", new JsonObject { ["ciphertext"] = _sent.Text }),
            Use("http_header", new JsonObject { ["header_type"] = _sent.Text }),
            Use("http_header", new JsonObject { ["header_type"] = "custom", ["header_name"] = _sent.Text }),
            Use(_sent.Text, new JsonObject { ["data"] = _sent.Text }),
            new JsonObject { ["path"] = _sent.Text },
            new JsonObject { ["path"] = "a/b", ["operation"] = "sign", ["params"] = _sent.Text },
            new JsonObject { ["path"] = "elsewhere", ["operation"] = "sign", ["params"] = new JsonObject { ["data"] = _sent.Text } },
        ];
        foreach (var parameters in wrong)
        {
            await SayErrorAsync(wire, "use", parameters);
        }

        await SayErrorAsync(wire, "retrieve", new JsonObject { ["path"] = "a/b", ["ttl"] = _sent.Text });
        await SayErrorAsync(wire, "retrieve", new JsonObject { ["path"] = "a/missing" });
        await SayErrorAsync(wire, "credential.retrieve", new JsonObject { ["path"] = _sent.Text, ["ttl"] = 1 });
        await SayErrorAsync(wire, "release_lease", new JsonObject { ["lease_id"] = _sent.Text });
        await SayErrorAsync(wire, "list", new JsonObject { ["cursor"] = _sent.Text });
        await SayErrorAsync(wire, "list", new JsonObject { ["session_id"] = _sent.Text });
        await SayErrorAsync(wire, _sent.Text, []);
        await wire.CallAsync("authenticate", new JsonObject { ["agent_name"] = _sent.Text }); // Refused only when it is answered.
        await SayErrorAsync(wire, "challenge_response", new JsonObject { ["session_id"] = _sent.Text, ["signature"] = _sent.Text });
        await SayErrorAsync(wire, "auth.verify", new JsonObject { ["agent"] = _sent.Text, ["signature"] = _sent.Text });
        await wire.SendAsync($"{{\"id\":1,\"method\":\"use\",\"params\":{{\"data\":{JsonValue.Create(_sent.Text).ToJsonString()}");
        _said.Add(("the reply to half a request", (await wire.ReceiveAsync())!.ToJsonString()));

        using var admin = new AdminWire(home);
        var refused = await admin.SendAsync("login", AdminWire.Proof(_replacement.Text));
        _said.Add(("the response to a wrong passphrase", await refused.Content.ReadAsStringAsync()));
        refused = await admin.SendAsync("login", new JsonObject { ["passphrase"] = _passphrase.Text });
        _said.Add(("the response to a passphrase that is not in base64", await refused.Content.ReadAsStringAsync()));
    }

    private static JsonObject Use(string operation, JsonObject parameters) =>
        new() { ["path"] = "a/b", ["operation"] = operation, ["params"] = parameters };

    private async Task SayErrorAsync(WireClient wire, string method, JsonObject parameters)
    {
        var reply = await wire.CallAsync(method, parameters);
        _said.Add(($"the reply to {(method == _sent.Text ? "an unknown method" : method)}", reply.ToJsonString()));
        WireClient.Error(reply);
    }

    private async Task<CliResult> SayAsync(SanctumHome home, string passphraseFile, string input, params string[] arguments)
    {
        var result = await home.RunBareAsync(input, [.. arguments, "--verbose", "--passphrase-file", passphraseFile]);
        _said.Add(($"sanctum {string.Join(' ', arguments.Take(2))}", result.Output + result.Errors));
        return result;
    }

    private static void LookAtFiles(SanctumHome home, Findings findings)
    {
        var files = Directory.GetFiles(home.Vault).Where(it => !it.EndsWith(".sock", StringComparison.Ordinal) && !it.EndsWith(".lock", StringComparison.Ordinal));
        foreach (var file in files.Concat(Directory.GetFiles(home.Directory, "backup")))
        {
            findings.LookAtFile(file);
        }
    }

    private static async Task<string> FileAsync(SanctumHome home, Canary canary)
    {
        var path = Path.Join(home.Directory, canary.Name.Replace(' ', '-'));
        await File.WriteAllTextAsync(path, canary.Text);
        return path;
    }
}
