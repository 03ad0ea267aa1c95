using System.Security.Cryptography.X509Certificates;
using Sanctum.Upstream;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary>A running daemon with an agent that may call the tools of a server <c>server</c>, but not all of those of a server <c>some</c>; it may retrieve one secret.</summary>
public sealed class WrapVault : IAsyncLifetime
{
    public const string Secret = "canary-W4pJx72mKq9fTz3h";

    private readonly TestAuthority _authority = new();

    public CliFolder Folder { get; } = new();

    /// <summary>The file with the authority that the daemon trusts beside the machine's own.</summary>
    public string AuthorityFile => Path.Join(Folder.Home, "authority.pem");

    public async ValueTask InitializeAsync()
    {
        _authority.WriteCaPem(AuthorityFile);
        await Folder.MakeVaultAsync();
        await File.WriteAllTextAsync(Path.Join(Folder.Vault, "config.json"), $$"""{ "egress": { "trusted_ca_file": "{{AuthorityFile}}" } }""");
        await Folder.DoAsync("agent register bot");
        await Folder.DoAsync("store db/url", Secret);
        await Folder.DoAsync("store db/short", "short77");
        await Folder.DoAsync("store db/used", Secret);
        await Folder.DoAsync("policy add take --principal agent:bot --resources db/url,db/short --actions use,retrieve");
        await Folder.DoAsync("policy add use --principal agent:bot --resources db/used --actions use");
        await Folder.DoAsync("policy add all --principal agent:bot --resources tool:server/* --actions call");
        await Folder.DoAsync("policy add some --principal agent:bot --resources tool:some/ec* --actions call");
        await Folder.DoAsync("daemon start");
    }

    public async ValueTask DisposeAsync()
    {
        await Folder.DisposeAsync();
        _authority.Dispose();
    }

    /// <summary>Writes a certificate for <c>localhost</c> with its key.</summary>
    /// <returns>The file.</returns>
    internal string WriteCertificate()
    {
        var file = Path.Join(Folder.Home, $"{Guid.NewGuid():N}.pem");
        using var certificate = _authority.Issue("localhost");
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(file, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return file;
    }

    /// <summary>Starts a wrapped server, as a host would. Its tools are its own: no other test's server has this name for a command.</summary>
    /// <param name="options">Options of the command, separated by single spaces.</param>
    /// <param name="poison">What the server does from its start, as JSON.</param>
    /// <param name="mark">What tells its command from those of other tests.</param>
    /// <param name="agent">Whose it is.</param>
    /// <param name="more">Variables.</param>
    internal WrappedServer Start(string options = "--name server", string poison = "{}", string? mark = null, string agent = "bot", params (string Name, string Value)[] more)
    {
        var environment = Environment();
        environment["SANCTUM_AGENT"] = agent;
        environment["POISON"] = poison;
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return new WrappedServer(["mcp", "wrap", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--", .. Command(mark)], environment);
    }

    /// <summary>The server's command line.</summary>
    internal static string[] Command(string? mark) => ["/usr/bin/env", "python3", Path.Join(AppContext.BaseDirectory, "Wrapping", "server.py"), mark ?? Guid.NewGuid().ToString("N")];

    /// <summary>Runs a command as the agent's user would.</summary>
    internal Task<CliResult> RunAsync(string command) => CliProcess.RunAsync(command.Split(' '), Environment());

    internal Dictionary<string, string> Environment()
    {
        var environment = new Dictionary<string, string>(Folder.Environment) { ["SANCTUM_AGENT"] = "bot" };
        environment["PATH"] = System.Environment.GetEnvironmentVariable("PATH")!;
        environment.Remove("SANCTUM_PASSPHRASE");
        return environment;
    }
}
