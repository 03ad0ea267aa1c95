using Sanctum.Upstream;

namespace Sanctum.Cli.Tests.Runs;

/// <summary>A running daemon, a service over TLS that a credential is bound to, and an agent that may use it.</summary>
public sealed class RunVault : IAsyncLifetime
{
    public const string Secret = "sk-live-0a1b2c3d4e5f60718293a4b5c6d7e8f9";

    private readonly TestAuthority _authority = new();

    public CliFolder Folder { get; } = new();

    public TestUpstream Service { get; private set; } = null!;

    /// <summary>The service. Programs reach this machine past the proxy, so these tests take that exception away.</summary>
    public string Origin => Service.OriginAs("localhost");

    public async ValueTask InitializeAsync()
    {
        var authority = Path.Join(Folder.Home, "authority.pem");
        _authority.WriteCaPem(authority);
        Service = await TestUpstream.StartAsync(new UpstreamOptions { Authority = _authority, Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1AndHttp2 });
        await Folder.MakeVaultAsync();
        await File.WriteAllTextAsync(Path.Join(Folder.Vault, "config.json"), $$"""{ "egress": { "trusted_ca_file": "{{authority}}" }, "session_lifetime": 20 }""");
        await Folder.DoAsync("agent register bot");
        await Folder.DoAsync($"store openai/api_key --allow-origin {Origin}", Secret);
        await Folder.DoAsync("policy add p --principal agent:bot --resources openai/* --actions use,list");
        await Folder.DoAsync("daemon start");
        Folder.Environment["SANCTUM_AGENT"] = "bot";
    }

    /// <summary>Runs a shell's script in a run, as the agent.</summary>
    internal Task<CliResult> RunAsync(string script, string[]? options = null, byte[]? input = null, params (string Name, string Value)[] more) =>
        CliProcess.RunAsync(["run", .. options ?? ["--service", "openai"], "--", "/bin/bash", "-c", script], Environment(more), input);

    internal Dictionary<string, string> Environment(params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>(Folder.Environment);
        environment.Remove("SANCTUM_PASSPHRASE");
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return environment;
    }

    public async ValueTask DisposeAsync()
    {
        await Folder.DisposeAsync();
        await Service.DisposeAsync();
        _authority.Dispose();
    }
}
