using System.Text.Json;

namespace Sanctum.Mcp.Wrapping;

/// <summary>What a request that runs is.</summary>
internal enum PendingKind
{
    /// <summary>One that is nobody's business here.</summary>
    Other,

    /// <summary>A list of tools.</summary>
    Tools,

    /// <summary>A call of a tool.</summary>
    Call,

    /// <summary>The wrapper's own, which the host hears nothing of.</summary>
    Own,
}

/// <summary>A request that a server has and has not responded to.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its id, as the host wrote it.</param>
internal sealed record Pending(PendingKind Kind, JsonElement Id)
{
    /// <summary>The tool that is called.</summary>
    public string Tool { get; init; } = "";

    /// <summary>Whether it asks for what follows another page.</summary>
    public bool IsLaterPage { get; init; }

    /// <summary>When it was passed on.</summary>
    public long StartedAt { get; init; }

    /// <summary>Gets the response to one of the wrapper's own.</summary>
    public TaskCompletionSource<Message>? Own { get; init; }
}

/// <summary>The requests that run on one server. A response to anything else, a second one too, finds nothing here.</summary>
internal sealed class PendingRequests
{
    /// <summary>How many run at once.</summary>
    public const int Most = 1024;

    private const int MostGivenUp = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Pending> _running = new(StringComparer.Ordinal);
    private readonly Queue<string> _givenUp = new();
    private bool _isOver;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _running.Count == 0;
            }
        }
    }

    /// <exception cref="WrapException">There is one with this id, there are too many, or the server has ended.</exception>
    public void Add(string id, Pending pending, string server)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                throw WrapErrors.Ended(server);
            }

            if (_running.Count >= Most)
            {
                throw WrapErrors.TooMany(Most);
            }

            if (!_running.TryAdd(id, pending))
            {
                throw WrapErrors.Repeated();
            }
        }
    }

    /// <summary>The request that a response is to; null for none.</summary>
    public Pending? Take(string id)
    {
        lock (_gate)
        {
            return _running.Remove(id, out var pending) ? pending : null;
        }
    }

    /// <summary>The host does not want a response any more. One that is under way already is still passed on.</summary>
    public Pending? GiveUp(string id)
    {
        lock (_gate)
        {
            if (!_running.TryGetValue(id, out var pending) || pending.Kind == PendingKind.Own)
            {
                return null;
            }

            _running.Remove(id);
            _givenUp.Enqueue(id);
            if (_givenUp.Count > MostGivenUp)
            {
                _givenUp.Dequeue();
            }

            return pending;
        }
    }

    /// <summary>Whether a response is to a request that was given up, the first time that it is asked.</summary>
    public bool TakeGivenUp(string id)
    {
        lock (_gate)
        {
            if (!_givenUp.Contains(id))
            {
                return false;
            }

            var others = _givenUp.Where(other => other != id).ToArray();
            _givenUp.Clear();
            Array.ForEach(others, _givenUp.Enqueue);
            return true;
        }
    }

    /// <summary>The server has ended: nothing is added any more.</summary>
    /// <returns>What still ran.</returns>
    public IReadOnlyList<Pending> End()
    {
        lock (_gate)
        {
            _isOver = true;
            Pending[] left = [.. _running.Values];
            _running.Clear();
            return left;
        }
    }
}
