using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Demo;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum dev</c></summary>
internal static class DevCommand
{
    private const string Agent = "dev-agent";

    private static readonly (string Path, string Type, string Value)[] Samples =
    [
        ("dev/api_key", "api_key", "dev-api-key-not-a-secret"),
        ("dev/signing_key", "hmac", "dev-signing-key-not-a-secret"),
        ("dev/database_url", "connection_string", "postgres://dev:dev@localhost/dev"),
    ];

    public static Command Create(Runner runner) => runner.Bind(
        new Command("dev", "Run a throw-away vault for development, until Ctrl-C. Not for production"), RunAsync);

    private static async Task<int> RunAsync(Run run)
    {
        run.RequireThisMachine();
        ProcessHardening.Apply();
        using var folder = run.IsVaultNamed ? ThrowAwayVault.In(run.Vault) : ThrowAwayVault.InTemporaryFolder("dev");
        var passphrase = Encoding.UTF8.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true));
        var key = await FillAsync(folder.Vault, passphrase, run.Cancelled).ConfigureAwait(false);
        try
        {
            return await Sanctum.Daemon.Hosting.Daemon.RunAsync(
                new DaemonOptions { VaultDirectory = folder.Vault.Path, LogLevel = "warning" }, passphrase, () => Show(run, folder.Vault, key), run.Cancelled).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    private static async Task<NewKeyFile> FillAsync(VaultDirectory vault, byte[] passphrase, CancellationToken cancellationToken)
    {
        await LocalVault.CreateAsync(vault, passphrase, cancellationToken).ConfigureAwait(false);
        await using var vaultOperator = await OperatorSession.OpenLocalAsync(vault.Path, passphrase, cancellationToken).ConfigureAwait(false);
        foreach (var (path, type, value) in Samples)
        {
            await vaultOperator.StoreAsync(new StoreRequest(path, Encoding.UTF8.GetBytes(value), type, "a sample"), cancellationToken).ConfigureAwait(false);
        }

        var key = NewKeyFile.Write(vault, Agent, protect: false, passphraseFile: null);
        await vaultOperator.RegisterAgentAsync(Agent, key.PublicKey, "for development", cancellationToken).ConfigureAwait(false);
        await vaultOperator.AddPolicyAsync(new PolicyView("dev", $"agent:{Agent}", ["dev/*"], ["list", "retrieve", "use"]), cancellationToken).ConfigureAwait(false);
        return key;
    }

    private static void Show(Run run, VaultDirectory vault, NewKeyFile key)
    {
        run.Terminal.Warn("NOT FOR PRODUCTION. This vault is removed at the end, and its samples are not secret.");
        var document = new DevDocument(Agent, vault.Socket, key.Path, [.. Samples.Select(it => it.Path)]);
        run.Terminal.Result(document, json => json.DevDocument, () => run.Terminal.Line(Paste(document)));
        run.Terminal.Note("\nCtrl-C ends it and removes everything.");
    }

    private static string Paste(DevDocument dev) => $"""

          agent   {dev.Agent}
          socket  {dev.Socket}
          key     {dev.KeyFile}
          holds   {string.Join(", ", dev.Credentials)}

        .NET
          await using var vault = await SanctumClient.ConnectAsync("{dev.Agent}", new() {"{"} SocketPath = "{dev.Socket}", KeyPath = "{dev.KeyFile}" {"}"});
          var apiKey = await vault.RetrieveAsync("{dev.Credentials[0]}");

        Python
          with SanctumClient("{dev.Agent}", socket_path="{dev.Socket}", key_path="{dev.KeyFile}") as vault:
              api_key = vault.retrieve("{dev.Credentials[0]}")

        Node.js
          const vault = new SanctumClient("{dev.Agent}", {"{"} socketPath: "{dev.Socket}", keyPath: "{dev.KeyFile}" {"}"});
          await vault.connect();
          const apiKey = await vault.retrieve("{dev.Credentials[0]}");
        """;
}
