using System.Diagnostics;
using System.Net;
using System.Text;
using Sanctum.Client;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>A user's home with a vault in it, and whatever daemon runs on it. All of it is gone afterwards.</summary>
internal sealed class SanctumHome : IAsyncDisposable
{
    public const string Passphrase = "correct horse battery staple";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private bool _daemon;

    public SanctumHome()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("sanctum-e2e-").FullName;
        PassphraseFile = Path.Join(Directory, "passphrase");
        File.WriteAllText(PassphraseFile, Passphrase);
    }

    public string Directory { get; }

    public string Vault => Path.Join(Directory, ".sanctum");

    public string Socket => Path.Join(Vault, "vault.sock");

    public string PassphraseFile { get; }

    /// <summary>An operator's token: where there is one, commands prove that and not the passphrase, which costs more.</summary>
    public string? Token { get; set; }

    /// <summary>A program that commands are run under, such as <c>prlimit --fsize=4096</c>; none, unless a test sets one.</summary>
    public string[] Under { get; set; } = [];

    /// <summary>A home with a vault, served by a daemon.</summary>
    public static async Task<SanctumHome> ServingAsync(params string[] daemonArguments)
    {
        var home = new SanctumHome();
        try
        {
            (await home.RunAsync("init")).Done();
            await home.StartDaemonAsync(daemonArguments);
            return home;
        }
        catch
        {
            await home.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes <c>config.json</c>, for the daemon's next start.</summary>
    public void Configure(string json)
    {
        var file = Path.Join(Vault, "config.json");
        File.WriteAllText(file, json);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public async Task StartDaemonAsync(params string[] arguments)
    {
        (await RunAsync(["daemon", "start", .. arguments])).Done();
        _daemon = true;
    }

    /// <summary>Where the daemon listens, <c>tcp</c> or <c>http</c>, when it was told to take a port that the system chooses.</summary>
    public async Task<IPEndPoint> ListenerAsync(string name) =>
        IPEndPoint.Parse((string)(await RunAsync("daemon", "status", "--json")).Done().Json["daemon"]![name]!);

    public async Task StopDaemonAsync()
    {
        (await RunAsync("daemon", "stop")).Done();
        _daemon = false;
    }

    /// <summary>Runs a command as the operator, who has the passphrase in a file.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    /// <summary>Runs a command as the operator, with something on stdin.</summary>
    public Task<CliResult> RunWithInputAsync(string input, params string[] arguments) =>
        RunBareAsync(input, [.. arguments, "--passphrase-file", PassphraseFile]);

    /// <summary>Runs a command with nothing but these arguments and, if any, these environment variables.</summary>
    public Task<CliResult> RunBareAsync(string input, string[] arguments, params (string Name, string Value)[] environment) =>
        RunBareAsync(Encoding.UTF8.GetBytes(input), arguments, environment);

    /// <summary>The same with any bytes on stdin.</summary>
    public async Task<CliResult> RunBareAsync(byte[] input, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = SanctumExecutable.Start(arguments, Under);
        start.WorkingDirectory = Directory;
        start.Environment["HOME"] = Directory;
        if (Token is not null)
        {
            start.Environment["SANCTUM_TOKEN"] = Token;
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await HostTools.FeedAsync(process, input);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"sanctum {string.Join(' ', arguments)} did not end");
        }

        return new CliResult(process.ExitCode, await output, await errors);
    }

    public async Task StoreAsync(string path, string value, params string[] arguments) =>
        (await RunWithInputAsync(value, ["store", path, .. arguments])).Done();

    /// <summary>Stores bytes that need not be text.</summary>
    public async Task StoreAsync(string path, byte[] value, params string[] arguments) =>
        (await RunBareAsync(value, ["store", path, "--raw", .. arguments, "--passphrase-file", PassphraseFile])).Done();

    /// <summary>Registers an agent; its key is in the vault's folder, where every client looks for it.</summary>
    public async Task RegisterAsync(string agent) => (await RunAsync("agent", "register", agent)).Done();

    public string KeyOf(string agent) => Path.Join(Vault, "keys", agent + ".key");

    public async Task GrantAsync(string name, string agent, string resources, string actions, params string[] arguments) =>
        (await RunAsync([
            "policy", "add", name, "--principal", $"agent:{agent}", "--resources", resources, "--actions", actions, .. arguments])).Done();

    /// <summary>The .NET client, signed in.</summary>
    public Task<SanctumClient> ConnectAsync(string agent) => SanctumClient.ConnectAsync(
        agent, new SanctumClientOptions { SocketPath = Socket, KeyPath = KeyOf(agent) });

    public async ValueTask DisposeAsync()
    {
        if (_daemon)
        {
            await RunAsync("daemon", "stop");
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
