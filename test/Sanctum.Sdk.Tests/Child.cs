using System.Diagnostics;
using System.Runtime.InteropServices;
using Sanctum.Tests;

namespace Sanctum.Sdk.Tests;

/// <summary>A process of the tests' executables, with what it says read line by line.</summary>
internal sealed class Child : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private Child(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>The program that knows nothing of a vault.</summary>
    public static string Program => Path.Join(AppContext.BaseDirectory, "Sanctum.Sdk.Program");

    /// <summary>The sample with a package for each service.</summary>
    /// <param name="vault">Where it takes its credentials from.</param>
    public static Child Sample(SdkVault vault) => Start(
        Path.Join(Samples.FolderOf("Sanctum.Sample.Sdks"), "Sanctum.Sample.Sdks"),
        [],
        [("SANCTUM_AGENT", SdkVault.Agent), ("SANCTUM_SOCKET", Path.Join(vault.Folder, "vault.sock")), ("SANCTUM_KEY", Path.Join(vault.Keys, $"{SdkVault.Agent}.key"))]);

    public static Child Start(string executable, params string[] arguments) => Start(executable, arguments, []);

    private static Child Start(string executable, string[] arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(executable, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new Child(Process.Start(start)!);
    }

    /// <summary>Runs the program with the vault's proxy. What is on this machine is reached through it too.</summary>
    public static Child Run(SdkVault vault, string credential, params string[] arguments) => Start(
        Path.Join(AppContext.BaseDirectory, "sanctum"),
        ["run", "--vault-path", vault.Folder, "--agent", SdkVault.Agent, "--env", $"SERVICE_KEY={credential}", "--", "/bin/sh", "-c", "NO_PROXY= no_proxy= exec \"$@\"", "sh", Program, .. arguments]);

    /// <summary>Writes a line to its input.</summary>
    public Task SayAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>Runs a command of <c>sanctum</c> as the agent. More memory than it is given would end it.</summary>
    public static Child Command(SdkVault vault, int mebibytes, params string[] arguments) => Start(
        Path.Join(AppContext.BaseDirectory, "sanctum"),
        [.. arguments, "--vault-path", vault.Folder, "--agent", SdkVault.Agent],
        [("DOTNET_GCHeapHardLimit", $"0x{mebibytes * 1024 * 1024:X}")]);

    /// <summary>What it reads, byte for byte.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>There is no more for it to read.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>What it writes, byte for byte.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>The next line; null at the end.</summary>
    public async Task<string?> LineAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Deadline);

    /// <summary>The process that was started last below this one.</summary>
    public int Innermost()
    {
        var id = _process.Id;
        while (ChildProcesses.Of(id).ToList() is [var child, ..])
        {
            id = child;
        }

        return id;
    }

    /// <summary>Lets it end.</summary>
    /// <param name="exitCode">What it has to end with.</param>
    /// <returns>What it said of errors.</returns>
    public async Task<string> EndAsync(int exitCode = 0)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Deadline);
        var errors = await _errors;
        Assert.True(_process.ExitCode == exitCode, $"{_process.ExitCode}: {errors}");
        return errors;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
