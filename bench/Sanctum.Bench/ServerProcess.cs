using System.Diagnostics;

namespace Sanctum.Bench;

/// <summary>A server in a process of its own, ended with this.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private bool _ended;

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

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>A process that says nothing when it is ready.</summary>
    public static ServerProcess Start(string file, IEnumerable<string> arguments) =>
        new(Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardInput = true })!);

    /// <summary>Starts it and waits until its socket, or another file that it makes, is there.</summary>
    public static async Task<ServerProcess> StartAsync(
        string file, IEnumerable<string> arguments, string socket, params IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardInput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

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
    public static Task<ServerProcess> StartSanctumAsync(
        IEnumerable<string> arguments, string socket, params IEnumerable<(string Name, string Value)> environment)
    {
        var command = Sanctum([.. arguments]);
        return StartAsync(command[0], command[1..], socket, environment);
    }

    /// <summary>The command line that runs it with these arguments.</summary>
    public static string[] Sanctum(string[] arguments) =>
        Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE") is { Length: > 0 } native ? [native, .. arguments] : ["dotnet", Built(), .. arguments];

    // The copy beside this program lacks what is in its own folder: it is run from there.
    private static string Built() => Path.GetFullPath(Path.Join(
        AppContext.BaseDirectory, "../../../../../src/Sanctum.Cli/bin", AppContext.BaseDirectory.Contains("/Release/") ? "Release" : "Debug", "net10.0/sanctum.dll"));

    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _process.StandardInput.Close();
        if (!_process.WaitForExit(3000))
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            _process.WaitForExit(TimeSpan.FromSeconds(15));
        }

        _process.Dispose();
    }
}
