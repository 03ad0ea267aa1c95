using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>A client that shares no line with ours, in both dialects: it refuses any reply that is not exactly of the protocol.</summary>
[Collection(nameof(ClientVault))]
public sealed class PythonTests(ClientVault vault)
{
    [Fact]
    public async Task It_passes_its_own_tests_first()
    {
        await using var python = PythonWire.Start(["--self-test", Path.Join(Repository.Root, "test/vectors")]);
        var (exitCode, output) = await python.EndAsync();
        Assert.True(exitCode == 0, output);
        Assert.Matches("^[1-9][0-9]+ checks passed", output);
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task A_python_client_goes_through_dialect_A_from_sign_in_to_log_out(Transport transport)
    {
        await using var python = Start("A", transport);
        await SignedInAsync(python);
        Assert.Equal(4, (await ResultAsync(python, "list"))["credentials"]!.AsArray().Count);
        var retrieved = await ResultAsync(python, "retrieve", new JsonObject { ["path"] = ClientVault.Bytes, ["ttl"] = 60 });
        Assert.Equal(Convert.ToHexStringLower(ClientVault.SecretBytes), (string?)retrieved["value"]);
        var signed = await ResultAsync(python, "use", Use("sign", new JsonObject { ["data"] = "x" }));
        var verified = await ResultAsync(
            python, "use", Use("verify", new JsonObject { ["data"] = "x", ["signature"] = (string)signed["signature"]! }));
        Assert.True((bool)verified["valid"]!);
        var lease = new JsonObject { ["lease_id"] = (string)retrieved["lease_id"]! };
        await ResultAsync(python, "renew_lease", lease.DeepClone().AsObject());
        Assert.NotEmpty((await ResultAsync(python, "lease_status"))["leases"]!.AsArray());
        Shape.Of(await ResultAsync(python, "release_lease", lease), "");
        Assert.Equal("ACCESS_DENIED", await CodeAsync(python, "retrieve", new JsonObject { ["path"] = "elsewhere" }));
        Shape.Of(await ResultAsync(python, "logout"), "");

        // It still sends the session's id, as the published clients would.
        Assert.Equal("SESSION_EXPIRED", await CodeAsync(python, "list"));
        await EndedWellAsync(python);
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task A_python_client_goes_through_dialect_B_from_sign_in_to_the_end(Transport transport)
    {
        await using var python = Start("B", transport);
        await SignedInAsync(python);
        Assert.Equal(4, Assert.IsType<JsonArray>(await ResultAsync(python, "credential.list")).Count);
        var retrieved = await ResultAsync(python, "credential.retrieve", new JsonObject { ["path"] = ClientVault.Key, ["ttl"] = 60 });
        Assert.Equal(ClientVault.Secret, (string?)retrieved["value"]);
        var encrypted = await ResultAsync(python, "credential.use", Use("encrypt", new JsonObject { ["plaintext"] = "a text" }));
        var decrypted = await ResultAsync(
            python, "credential.use", Use("decrypt", new JsonObject { ["ciphertext"] = (string)encrypted["output"]!["ciphertext"]! }));
        Assert.Equal("a text", (string?)decrypted["output"]!["plaintext"]);
        Shape.Of(await ResultAsync(python, "lease.release", new JsonObject { ["lease_id"] = (string)retrieved["lease_id"]! }), "");
        Assert.Equal("CREDENTIAL_NOT_FOUND", await CodeAsync(python, "credential.retrieve", new JsonObject { ["path"] = "team/missing", ["ttl"] = 60 }));
        await EndedWellAsync(python);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("B")]
    public async Task It_signs_in_with_a_protected_key_that_the_operators_tool_made(string dialect)
    {
        const string passphrase = "the key's own passphrase";
        var (agent, file) = ($"protected-{dialect}", Path.Join(vault.Home.Directory, $"key-passphrase-{dialect}"));
        await File.WriteAllTextAsync(file, passphrase);
        (await vault.Home.RunAsync("agent", "register", agent, "--protect", "--key-passphrase-file", file)).Done();
        await using var python = PythonWire.Start(
            [
                "--socket", vault.Home.Socket, "--agent", agent, "--key", vault.Home.KeyOf(agent) + ".enc",
                "--passphrase-env", "KEY_PASSPHRASE", "--dialect", dialect,
            ],
            ("KEY_PASSPHRASE", passphrase));
        await SignedInAsync(python);
        await EndedWellAsync(python);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("B")]
    public async Task It_is_refused_with_another_agents_key(string dialect)
    {
        await using var python = PythonWire.Start(
            ["--socket", vault.Home.Socket, "--agent", ClientVault.Agent, "--key", vault.Home.KeyOf(ClientVault.Holder), "--dialect", dialect]);
        var answer = await python.ReadAsync();
        Assert.False((bool)answer["signed_in"]!);
        Assert.Equal("AUTH_FAILED", (string?)answer["reply"]!["error"]!["code"]);
        await EndedWellAsync(python);
    }

    private static JsonObject Use(string operation, JsonObject parameters) =>
        new() { ["path"] = ClientVault.Key, ["operation"] = operation, ["params"] = parameters };

    private static async Task SignedInAsync(PythonWire python)
    {
        var answer = await python.ReadAsync();
        Assert.True(answer["signed_in"]?.GetValue<bool>(), answer.ToJsonString());
    }

    private static async Task<JsonNode> ResultAsync(PythonWire python, string method, JsonObject? parameters = null)
    {
        var reply = await python.CallAsync(method, parameters);
        return reply["result"] ?? throw new InvalidOperationException(reply.ToJsonString());
    }

    private static async Task<string?> CodeAsync(PythonWire python, string method, JsonObject? parameters = null) =>
        (string?)(await python.CallAsync(method, parameters))["error"]?["code"];

    // It says so, and its exit code is another, where the daemon breaks the protocol.
    private static async Task EndedWellAsync(PythonWire python) => Assert.Equal((0, ""), await python.EndAsync());

    private PythonWire Start(string dialect, Transport transport) => PythonWire.Start(
        [
            .. transport is Transport.Tcp ? (string[])["--tcp", vault.Tcp.ToString()] : ["--socket", vault.Home.Socket],
            "--agent", ClientVault.Agent, "--key", vault.Home.KeyOf(ClientVault.Agent), "--dialect", dialect,
        ]);
}
