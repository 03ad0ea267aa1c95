using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Secrecy;

/// <summary>Sealing leaves no secret in the daemon's memory.</summary>
public sealed class MemoryTests
{
    private readonly Canary _passphrase = Canary.Make("the passphrase");
    private readonly Canary _replacement = Canary.Make("the new passphrase");
    private readonly Canary _value = Canary.Make("a value");
    private readonly Canary _long = Canary.Make("a long value");
    private readonly Canary _older = Canary.Make("a value's earlier version");

    [Fact]
    public async Task After_sealing_no_secret_is_in_the_daemons_memory()
    {
        HostTools.RequireRoot("the daemon's memory is read, which it allows nobody else");
        await using var home = new SanctumHome();
        await File.WriteAllTextAsync(home.PassphraseFile, _passphrase.Text);
        (await home.RunAsync("init")).Done();
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        await home.StoreAsync("a/b", _older.Text);
        await home.StoreAsync("a/b", _value.Text);
        await home.RegisterAsync("reader");
        await home.GrantAsync("reader", "reader", "a/*", "retrieve,use");
        var sockets = HostTools.SocketsOf(daemon.Process);
        await home.StoreAsync("a/long", _long.Text + new string('"', 3000));
        foreach (var path in new[] { "a/b", "a/long", "a/b" })
        {
            await UseAsync(home, path);
        }

        await File.WriteAllTextAsync(home.PassphraseFile + ".new", _replacement.Text);
        (await home.RunAsync("passphrase", "change", "--new-passphrase-file", home.PassphraseFile + ".new")).Done();
        File.Move(home.PassphraseFile + ".new", home.PassphraseFile, overwrite: true);
        (await home.RunAsync("get", "a/b")).Done();
        await Eventually.HoldsAsync(() => Task.FromResult(HostTools.SocketsOf(daemon.Process) <= sockets));
        (await home.RunAsync("seal")).Done();

        var findings = new Findings([_passphrase, _replacement, _value, _older, _long]);
        var searched = ProcessMemory.Search(daemon.Process, findings);
        Assert.True(searched > 1024 * 1024, $"only {searched} bytes were there to be searched");
        Assert.Empty(findings.All);
    }

    private static async Task UseAsync(SanctumHome home, string path)
    {
        using var wire = await WireClient.ConnectAsync(home.Socket);
        await wire.SignInAsync("reader", home.KeyOf("reader"));
        await wire.DoAsync("retrieve", new JsonObject { ["path"] = path });
        WireClient.Result(await wire.CallAsync("credential.retrieve", new JsonObject { ["path"] = path, ["ttl"] = 60 }));
        foreach (var (operation, parameters) in new[] { ("sign", "data"), ("encrypt", "plaintext") })
        {
            await wire.DoAsync("use", new JsonObject { ["path"] = path, ["operation"] = operation, ["params"] = new JsonObject { [parameters] = "text" } });
        }
    }
}
