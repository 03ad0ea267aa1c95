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
    private sealed record Request(string? Socket, string? Tcp, string? Http, string? Proxy, string? ProxySocket, bool Sealed)
    {
        public IEnumerable<string> Arguments =>
        [
            .. Socket is null ? [] : (string[])["--socket", Socket],
            .. Tcp is null ? [] : (string[])["--tcp", Tcp],
            .. Http is null ? [] : (string[])["--http", Http],
            .. Proxy is null ? [] : (string[])["--proxy", Proxy],
            .. ProxySocket is null ? [] : (string[])["--proxy-socket", ProxySocket],
            .. Sealed ? (string[])["--sealed"] : [],
        ];
    }

    // Unsealing reads every record and an hour of the log before there is anybody to ask how it goes.
    private const int LongestStart = 10;

    public static Command Create(Runner runner)
    {
        var foreground = new Option<bool>("--foreground") { Description = "Stay in the foreground and log to stderr; for systemd and containers" };
        var socket = new Option<string?>("--socket") { Description = "The Unix socket for agents. Default: vault.sock in the vault's folder", HelpName = "PATH" };
        var tcp = new Option<string?>("--tcp") { Description = "Serve agents on a loopback address too, such as 127.0.0.1:8200", HelpName = "HOST:PORT" };
        var http = new Option<string?>("--http") { Description = "Serve the operators' API on a loopback address too", HelpName = "HOST:PORT" };
        var proxy = new Option<string?>("--proxy") { Description = "Serve the proxy on a loopback address too, besides proxy.sock", HelpName = "HOST:PORT" };
        var proxySocket = new Option<string?>("--proxy-socket") { Description = "The Unix socket of the proxy. Default: proxy.sock in the vault's folder", HelpName = "PATH" };
        var isSealed = new Option<bool>("--sealed") { Description = "Start without the passphrase and without seal providers; agents are served after 'sanctum unseal'" };
        var handOver = new Option<bool>(DaemonLauncher.HandOverOption) { Hidden = true };
        var command = new Command("start", "Start the daemon and return once it responds") { foreground, socket, tcp, http, proxy, proxySocket, isSealed, handOver };
        return runner.Bind(command, run =>
        {
            var request = new Request(
                SocketOf("--socket", run.Get(socket)),
                ListenAddress.Check("--tcp", run.Get(tcp)), ListenAddress.Check("--http", run.Get(http)), ListenAddress.Check("--proxy", run.Get(proxy)), SocketOf("--proxy-socket", run.Get(proxySocket)), run.Get(isSealed));
            return run.Get(handOver) ? InBackgroundAsync(run, request)
                : run.Get(foreground) ? InForegroundAsync(run, request)
                : LaunchAsync(run, request);
        }, endsOnHangUp: false);
    }

    // Nobody is asked where the vault can open without a human. What it says of itself is not yet authenticated, and all that it decides is whether somebody is asked.
    private static async Task<byte[]?> PassphraseForAsync(Run run, Request request) =>
        request.Sealed || (!run.Passphrases.IsGiven && await run.Vault.ReadSealProvidersAsync(run.Cancelled).ConfigureAwait(false) is not []) ? null : run.Passphrases.Get();

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
        var options = new DaemonOptions { VaultDirectory = run.Vault.Path, Socket = request.Socket, Tcp = request.Tcp, Http = request.Http, Proxy = request.Proxy, ProxySocket = request.ProxySocket, UseSealProviders = !request.Sealed };
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
