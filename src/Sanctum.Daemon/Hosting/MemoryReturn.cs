using System.Runtime.InteropServices;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// Gives memory back after a flood. The garbage collector and the C library keep what they had once got, since a program that needed it will need it again; a
/// daemon that was flooded will not.
/// </summary>
internal sealed unsafe class MemoryReturn : IDisposable
{
    // Less than this is what the daemon needs anyway, or not worth a collection.
    private const long Ordinary = 64L * 1024 * 1024;
    private const long WorthIt = 16L * 1024 * 1024;
    private const long MuchMore = 64L * 1024 * 1024;
    private const long Quiet = 16L * 1024 * 1024;

    // Connections that were in the flood give up what they keep a little later.
    private const int Repeats = 2;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SeldomWhileBusy = TimeSpan.FromSeconds(8);

    // glibc alone has it.
    private static readonly delegate* unmanaged<nuint, int> Trim =
        NativeLibrary.TryLoad("libc.so.6", out var libc) && NativeLibrary.TryGetExport(libc, "malloc_trim", out var trim) ? (delegate* unmanaged<nuint, int>)trim : null;

    private readonly ZeroingMemoryPoolFactory? _pools;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _allocated;
    private long _residentAfter;
    private long _collectedAt;
    private int _again;

    public MemoryReturn(Microsoft.AspNetCore.Connections.IMemoryPoolFactory<byte> pools, DaemonSettings settings)
    {
        (_pools, _time) = (pools as ZeroingMemoryPoolFactory, settings.Time);
        _collectedAt = _time.GetTimestamp();

        // A program that embeds a daemon has memory of its own, which is not the daemon's to collect.
        var every = ProcessHardening.IsApplied ? Every : Timeout.InfiniteTimeSpan;
        _timer = _time.CreateTimer(_ => Check(), null, every, every);
    }

    public void Dispose() => _timer.Dispose();

    // While much is being allocated, a collection would be wasted, unless there is much to be had.
    private void Check()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var isQuiet = allocated - _allocated < Quiet;
        _allocated = allocated;
        var resident = Environment.WorkingSet;
        var grown = resident - Math.Max(_residentAfter, Ordinary);
        if (grown > (isQuiet ? WorthIt : MuchMore) && (isQuiet || _time.GetElapsedTime(_collectedAt) > SeldomWhileBusy))
        {
            _again = Repeats;
            Collect();
        }
        else if (isQuiet && _again > 0 && resident > Ordinary)
        {
            _again--;
            Collect();
        }
    }

    private void Collect()
    {
        _pools?.Trim();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (Trim != null)
        {
            _ = Trim(0);
        }

        (_residentAfter, _collectedAt) = (Environment.WorkingSet, _time.GetTimestamp());
    }
}
