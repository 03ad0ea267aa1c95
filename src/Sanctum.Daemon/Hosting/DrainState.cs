using System.Net;

namespace Sanctum.Daemon.Hosting;

/// <summary>Whether the daemon is draining: nobody gets in any more, nothing new begins, and what runs has some time left to end.</summary>
internal sealed class DrainState : IDisposable
{
    private readonly CancellationTokenSource _begun = new();
    private readonly CancellationTokenSource _over = new();
    private readonly HashSet<EndPoint> _agents = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether it has begun.</summary>
    public bool HasBegun => _begun.IsCancellationRequested;

    /// <summary>Cancelled when it begins.</summary>
    public CancellationToken Begun => _begun.Token;

    /// <summary>Cancelled when what still runs has to end: its time has passed, or nobody wants to wait for it.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Begins it.</summary>
    /// <param name="longest">How long what runs may go on.</param>
    public void Begin(TimeSpan longest)
    {
        _over.CancelAfter(longest);
        _begun.Cancel();
    }

    /// <summary>Waits for nothing any more. Does nothing once all has ended.</summary>
    public void EndNow()
    {
        try
        {
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // All has ended.
        }
    }

    /// <summary>Has the listener of an address close when draining begins. Those of operators and of whoever looks after the daemon stay.</summary>
    public void ClosesAtOnce(EndPoint agents) => _agents.Add(agents);

    /// <summary>Whether a listener closes when draining begins.</summary>
    public bool IsForAgents(EndPoint listener) => _agents.Contains(listener);

    public void Dispose()
    {
        _begun.Dispose();
        _over.Dispose();
    }
}
