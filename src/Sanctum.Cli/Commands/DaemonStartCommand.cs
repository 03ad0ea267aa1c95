using System.CommandLine;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Daemons;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum daemon start</c></summary>
internal static class DaemonStartCommand
{
    private sealed record Request(string? Socket, string? Tcp, string? Http, string? Proxy, string? ProxySocket, string? Certificate, string? Key, string? ClientAuthorities, bool Sealed)
    {
        public IEnumerable<string> Arguments =>
        [
            .. Socket is null ? [] : (string[])["--socket", Socket],
            .. Tcp is null ? [] : (string[])["--tcp", Tcp],
            .. Http is null ? [] : (string[])["--http", Http],
            .. Proxy is null ? [] : (string[])["--proxy", Proxy],
            .. ProxySocket is null ? [] : (string[])["--proxy-socket", ProxySocket],
            .. Certificate is null ? [] : (string[])["--tls-cert", Certificate],
            .. Key is null ? [] : (string[])["--tls-key", Key],
            .. ClientAuthorities is null ? [] : (string[])["--client-ca", ClientAuthorities],
            .. Sealed ? (string[])["--sealed"] : [],
        ];
    }

    // Unsealing reads every record and an hour of the log before there is anybody to ask how it goes.
    private const int LongestStart = 10;

    public static Command Create(Runner runner)
    {
        var foreground = new Option<bool>("--foreground") { Description = "Stay in the foreground and log to stderr; for systemd and containers" };
        var socket = new Option<string?>("--socket") { Description = "The Unix socket for agents. Default: vault.sock in the vault's folder", HelpName = "PATH" };
        var tcp = new Option<string?>("--tcp") { Description = "Serve agents on an address too, such as 127.0.0.1:8200; without TLS a loopback one", HelpName = "HOST:PORT" };
        var http = new Option<string?>("--http") { Description = "Serve the operators' API on an address too; without TLS a loopback one", HelpName = "HOST:PORT" };
        var proxy = new Option<string?>("--proxy") { Description = "Serve the proxy on a loopback address too, besides proxy.sock", HelpName = "HOST:PORT" };
        var proxySocket = new Option<string?>("--proxy-socket") { Description = "The Unix socket of the proxy. Default: proxy.sock in the vault's folder", HelpName = "PATH" };
        var certificate = new Option<string?>("--tls-cert") { Description = "The certificate for --tcp and --http, with its chain, in PEM", HelpName = "FILE" };
        var key = new Option<string?>("--tls-key") { Description = "The certificate's key, in PEM", HelpName = "FILE" };
        var clients = new Option<string?>("--client-ca") { Description = "The authorities of clients' certificates, in PEM; clients need one then", HelpName = "FILE" };
        var isSealed = new Option<bool>("--sealed") { Description = "Start without the passphrase and without seal providers; agents are served after 'sanctum unseal'" };
        var handOver = new Option<bool>(DaemonLauncher.HandOverOption) { Hidden = true };
        var command = new Command("start", "Start the daemon and return once it responds") { foreground, socket, tcp, http, proxy, proxySocket, certificate, key, clients, isSealed, handOver };
        return runner.Bind(command, run =>
        {
            run.RequireThisMachine();
            var (cert, certKey, clientCa) = (FileOf("--tls-cert", run.Get(certificate)), FileOf("--tls-key", run.Get(key)), FileOf("--client-ca", run.Get(clients)));
            bool HasTls() => new DaemonOptions { VaultDirectory = run.Vault.Path, TlsCertificateFile = cert, TlsKeyFile = certKey, TlsClientAuthoritiesFile = clientCa }.HasTls();
            var request = new Request(
                SocketOf("--socket", run.Get(socket)),
                ListenAddress.Check("--tcp", run.Get(tcp), HasTls), ListenAddress.Check("--http", run.Get(http), HasTls), ListenAddress.Check("--proxy", run.Get(proxy)),
                SocketOf("--proxy-socket", run.Get(proxySocket)), cert, certKey, clientCa, run.Get(isSealed));
            return run.Get(handOver) ? InBackgroundAsync(run, request)
                : run.Get(foreground) ? InForegroundAsync(run, request)
                : LaunchAsync(run, request);
        }, endsOnHangUp: false);
    }

    // Nobody is asked where the vault can open without a human. What it says of itself is not yet authenticated, and all that it decides is whether somebody is asked.
    private static async Task<byte[]?> PassphraseForAsync(Run run, Request request) =>
        request.Sealed || (!run.Passphrases.IsGiven && await run.Vault.ReadSealProvidersAsync(run.Cancelled).ConfigureAwait(false) is not []) ? null : run.Passphrases.Get();

    private static string? FileOf(string option, string? path) => path switch
    {
        null => null,
        "" => throw CliErrors.Usage($"{option} is empty", "name a file, or leave it out"),
        _ => Path.GetFullPath(HomeFolder.Expand(path)),
    };

    private static DaemonOptions OptionsOf(Run run, Request request) => new()
    {
        VaultDirectory = run.Vault.Path,
        Socket = request.Socket,
        Tcp = request.Tcp,
        Http = request.Http,
        Proxy = request.Proxy,
        ProxySocket = request.ProxySocket,
        TlsCertificateFile = request.Certificate,
        TlsKeyFile = request.Key,
        TlsClientAuthoritiesFile = request.ClientAuthorities,
        UseSealProviders = !request.Sealed,
    };

    private static string? SocketOf(string option, string? path) => path switch
    {
        null => null,
        "" => throw CliErrors.Usage($"{option} is empty", "name a path for the socket, or leave it out"),
        _ => Path.GetFullPath(HomeFolder.Expand(path)),
    };

    private static async Task<int> LaunchAsync(Run run, Request request)
    {
        if (await run.Operators.FindDaemonAsync(run.Cancelled).ConfigureAwait(false) is { } other)
        {
            throw CliErrors.DaemonRuns(other.ProcessId);
        }

        run.RequireVault();
        OptionsOf(run, request).Check(); // Before a passphrase is typed for it.
        var passphrase = await PassphraseForAsync(run, request).ConfigureAwait(false);
        try
        {
            var daemon = await run.Terminal.WhileAsync("starting the daemon", () => StartAsync(run, request, passphrase)).ConfigureAwait(false);
            DaemonReport.Show(run, daemon);
            run.Terminal.Note($"log: {run.Vault.Log}; stop the daemon with 'sanctum daemon stop'");
            return ExitCode.Done;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    // Either a daemon responds afterwards, or there is none.
    private static async Task<DaemonStatus> StartAsync(Run run, Request request, byte[]? passphrase)
    {
        var processId = await DaemonLauncher.StartAsync(
            run.Vault, [.. request.Arguments, .. run.Timeout is { } timeout ? (string[])["--timeout", $"{timeout.TotalSeconds:0}"] : []], passphrase is null ? default(ReadOnlyMemory<byte>?) : passphrase, run.Patience * LongestStart, run.Cancelled).ConfigureAwait(false);
        try
        {
            return await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);
        }
        catch
        {
            Processes.Kill(processId);
            throw;
        }
    }

    private static async Task<int> InForegroundAsync(Run run, Request request)
    {
        ProcessHardening.Apply(); // May start the process again, so nothing has been read or opened by now.
        run.RequireVault();
        var passphrase = await PassphraseForAsync(run, request).ConfigureAwait(false);
        InheritedDescriptors.Close(); // Not before: the passphrase file may be one of them.
        return await ServeAsync(run, request, passphrase, () => run.Terminal.Note($"serving agents on {request.Socket ?? run.Vault.Socket}")).ConfigureAwait(false);
    }

    private static async Task<int> InBackgroundAsync(Run run, Request request)
    {
        ProcessHardening.Apply();
        using var starter = HandOverChannel.Open(run.Vault);
        try
        {
            return await ServeAsync(run, request, HandOverChannel.ReadPassphrase(), starter.Ready).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            starter.Failed(Failure.From(e));
            throw;
        }
    }

    private static async Task<int> ServeAsync(Run run, Request request, byte[]? passphrase, Action ready)
    {
        var options = OptionsOf(run, request);
        try
        {
            return await run.Turn.TakeAsync(RunAsync, run.Cancelled).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }

        async Task<int> RunAsync()
        {
            try
            {
                return await Sanctum.Daemon.Hosting.Daemon.RunAsync(
                    options, passphrase is null ? default(ReadOnlyMemory<byte>?) : passphrase, Served, run.Cancelled).ConfigureAwait(false);
            }
            catch (OperatorException held) when (VaultTurn.IsHeld(held))
            {
                // A command that has it will be done soon; another daemon will not.
                throw await run.Operators.FindDaemonAsync(run.Cancelled).ConfigureAwait(false) is { } other ? CliErrors.DaemonRuns(other.ProcessId) : held;
            }
        }

        void Served()
        {
            CryptographicOperations.ZeroMemory(passphrase); // It has done its work, and the daemon may run for months.
            ready();
        }
    }
}
