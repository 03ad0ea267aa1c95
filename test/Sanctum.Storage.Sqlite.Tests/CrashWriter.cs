using System.Diagnostics;
using System.Globalization;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>A real process that writes to a vault until it is killed.</summary>
internal sealed class CrashWriter : IAsyncDisposable
{
    private readonly Process _process;

    private CrashWriter(Process process) => _process = process;

    public int Id => _process.Id;

    public long Acknowledged { get; private set; }

    /// <summary>Returns once the first write has been acknowledged.</summary>
    public static async Task<CrashWriter> StartAsync(TestFolder folder, string what)
    {
        var program = Path.Join(AppContext.BaseDirectory, "Sanctum.Storage.CrashWriter.dll");
        var start = new ProcessStartInfo("dotnet", [program, folder.Vault, what]) { RedirectStandardOutput = true };
        var writer = new CrashWriter(Process.Start(start)!);
        await writer.ReadAsync(1);
        return writer;
    }

    public async Task ReadAsync(int lines)
    {
        for (var i = 0; i < lines; i++)
        {
            var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
            Acknowledged = long.Parse(line ?? throw new InvalidOperationException("the writer ended by itself"), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Kills it (SIGKILL) in the middle of what it does, and reads what it had still said.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        var rest = await _process.StandardOutput.ReadToEndAsync();

        // The last line may have been cut.
        foreach (var line in rest.Split('\n')[..^1])
        {
            Acknowledged = long.Parse(line, CultureInfo.InvariantCulture);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
