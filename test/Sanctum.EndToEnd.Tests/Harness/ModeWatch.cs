namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>
/// Looks at the modes of all that is in a folder again and again, as somebody would who waits for a file that is open to them for
/// a moment only.
/// </summary>
internal sealed class ModeWatch : IAsyncDisposable
{
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    private readonly CancellationTokenSource _enough = new();
    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _open = new(StringComparer.Ordinal);
    private readonly Task _watching;

    public ModeWatch(string folder) => _watching = Task.Factory.StartNew(() => Watch(folder), TaskCreationOptions.LongRunning);

    /// <summary>What there was, and which of it was open to others at any time.</summary>
    public async Task<(IReadOnlyCollection<string> Seen, IReadOnlyCollection<string> Open)> EndAsync()
    {
        await _enough.CancelAsync();
        await _watching;
        return (_seen, _open);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _enough.Dispose();
    }

    private void Watch(string folder)
    {
        // Once more after the end has been called, so that what is there then is seen in any case.
        for (var last = false; !last;)
        {
            last = _enough.IsCancellationRequested;
            Look(folder, folder);
            Thread.Yield();
        }
    }

    private void Look(string root, string path)
    {
        try
        {
            var name = Path.GetRelativePath(root, path);
            if (path != root)
            {
                _seen.Add(name);
                if ((File.GetUnixFileMode(path) & Others) != 0)
                {
                    _open.Add($"{name} {File.GetUnixFileMode(path)}");
                }
            }

            if (Directory.Exists(path))
            {
                Array.ForEach(Directory.GetFileSystemEntries(path), it => Look(root, it));
            }
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // Between being listed and being looked at.
        }
    }
}
