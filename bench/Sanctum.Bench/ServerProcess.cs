using System.Diagnostics;

namespace Sanctum.Bench;

/// <summary>A server in a process of its own, ended with this.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    /// <summary>The processor time that the server has used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<ServerProcess> StartAsync(string file, IEnumerable<string> arguments, string socket)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardInput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync();
        for (var waited = Stopwatch.StartNew(); !File.Exists(socket); await Task.Delay(20))
        {
            if (process.HasExited || waited.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"{file} did not start: {(process.HasExited ? await complaints : "too slow")}");
            }
        }

        return new ServerProcess(process);
    }

    /// <summary>The real executable: the one named by SANCTUM_TEST_EXECUTABLE, or the one built with this.</summary>
    public static Task<ServerProcess> StartSanctumAsync(IEnumerable<string> arguments, string socket) =>
        Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE") is { Length: > 0 } native
            ? StartAsync(native, arguments, socket)
            : StartAsync("dotnet", [Built(), .. arguments], socket);

    // The copy beside this program lacks what is in its own folder: it is run from there.
    private static string Built() => Path.GetFullPath(Path.Join(
        AppContext.BaseDirectory, "../../../../../src/Sanctum.Cli/bin", AppContext.BaseDirectory.Contains("/Release/") ? "Release" : "Debug", "net10.0/sanctum.dll"));

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(500))
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            _process.WaitForExit(TimeSpan.FromSeconds(15));
        }

        _process.Dispose();
    }
}
