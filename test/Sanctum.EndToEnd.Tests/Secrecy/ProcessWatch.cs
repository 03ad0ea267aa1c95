namespace Sanctum.EndToEnd.Tests.Secrecy;

/// <summary>Lists the processes again and again, as <c>ps auxeww</c> would show them to anyone: their arguments and environments.</summary>
internal sealed class ProcessWatch : IAsyncDisposable
{
    private static readonly string[] _shown = ["cmdline", "environ"];

    private readonly CancellationTokenSource _enough = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Task _watching;

    public ProcessWatch() => _watching = Task.Factory.StartNew(Watch, TaskCreationOptions.LongRunning);

    /// <summary>Everything that was to be seen, each once.</summary>
    public async Task<IReadOnlyCollection<string>> EndAsync()
    {
        await _enough.CancelAsync();
        await _watching;
        return _seen;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _enough.Dispose();
    }

    private void Watch()
    {
        while (!_enough.IsCancellationRequested)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(it => char.IsAsciiDigit(it["/proc/".Length])))
            {
                Array.ForEach(_shown, it => Read(Path.Join(process, it)));
            }

            Thread.Yield();
        }
    }

    private void Read(string path)
    {
        try
        {
            _seen.Add(File.ReadAllText(path));
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is not shown to this user: then nobody of this user sees it.
        }
    }
}
