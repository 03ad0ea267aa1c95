using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Sanctum.Sdk.Tests;

/// <summary>The real <c>sanctum</c> as it is on another machine: with an empty home and nothing in its environment but what is given.</summary>
internal sealed class NetworkCli : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("sanctum-elsewhere-");

    public Dictionary<string, string> Environment { get; } = [];

    public string Home => _home.FullName;

    /// <summary>Runs a command; words are separated by single spaces.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(string command, string? input = null)
    {
        var start = new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, "sanctum"), command.Split(' '))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in (IEnumerable<KeyValuePair<string, string>>)
            [new("HOME", Home), new("TMPDIR", Home), new("PATH", "/usr/bin:/bin"), new("DOTNET_ROOT", Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."))), .. Environment])
        {
            start.Environment[name] = value;
        }

        using var deadline = new CancellationTokenSource(Longest);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input ?? ""), deadline.Token);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A command that ended without reading it has its exit code to tell why.
        }

        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Runs one that has to succeed.</summary>
    public async Task<string> DoAsync(string command, string? input = null)
    {
        var (exitCode, output, errors) = await RunAsync(command, input);
        Assert.True(exitCode == 0, $"sanctum {command}: {exitCode} {errors}");
        return output;
    }

    /// <summary>Runs one that has to fail, and gives what it says.</summary>
    public async Task<string> FailAsync(int exitCode, string command, string? input = null)
    {
        var (ended, output, errors) = await RunAsync(command, input);
        Assert.True(ended == exitCode && output == "", $"sanctum {command}: {ended} {output} {errors}");
        return errors;
    }

    public void Dispose() => _home.Delete(recursive: true);
}
