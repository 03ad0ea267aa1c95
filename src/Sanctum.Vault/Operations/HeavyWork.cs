using System.Runtime.InteropServices;
using System.Text.Json;
using Sanctum.Agents;

namespace Sanctum.Operations;

/// <summary>
/// Runs what takes a processor for long, such as signing with RSA, encrypting a megabyte or listing thousands of credentials: a few at a time, so that processors are left for everything else, and
/// agents take turns, however many such calls one of them makes.
/// </summary>
/// <param name="workers">How many run at a time.</param>
internal sealed class HeavyWork(int workers)
{
    // HMAC, SHA-256 and AES-GCM make about a megabyte in a millisecond, on top of what parsing it costs.
    public const int LargeInput = 64 * 1024;

    // Any RSA key's PEM is longer, and no symmetric key or elliptic curve's is.
    private const int LargeKey = 512;

    private readonly Lock _gate = new();
    private readonly Dictionary<AgentName, LinkedList<TaskCompletionSource>> _waiting = [];
    private readonly Queue<AgentName> _turns = new();
    private int _free = workers;

    /// <summary>Whether an operation with these parameters and this secret has to wait for its turn.</summary>
    public static bool IsHeavy(JsonElement parameters, int secretSize) =>
        secretSize > LargeKey || JsonMarshal.GetRawUtf8Value(parameters).Length > LargeInput;

    /// <summary>Runs it when it is its agent's turn.</summary>
    public ValueTask<T> RunAsync<T>(AgentName agent, Func<ValueTask<T>> work, CancellationToken cancellationToken) => RunAsync(agent, _ => work(), cancellationToken);

    /// <summary>Runs it when it is its agent's turn, and in pieces: between two of them other agents have theirs.</summary>
    /// <param name="agent">Whose it is.</param>
    /// <param name="work">Is given what it has to await between two pieces.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<T> RunAsync<T>(AgentName agent, Func<Func<ValueTask>, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(agent, goesOn: false, cancellationToken).ConfigureAwait(false);
        var runs = true;
        try
        {
            return await work(PassOnAsync).ConfigureAwait(false);
        }
        finally
        {
            if (runs)
            {
                Leave();
            }
        }

        async ValueTask PassOnAsync()
        {
            if (!OthersWait(agent))
            {
                return;
            }

            var next = EnterAsync(agent, goesOn: true, cancellationToken);
            runs = false;
            Leave();
            await next.ConfigureAwait(false);
            runs = true;
        }
    }

    private bool OthersWait(AgentName agent)
    {
        lock (_gate)
        {
            return _turns.Any(waiting => !waiting.Equals(agent));
        }
    }

    // What goes on is before what its agent has not begun: of what is begun there is memory in use.
    private async Task EnterAsync(AgentName agent, bool goesOn, CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return;
            }

            if (!_waiting.TryGetValue(agent, out var queue))
            {
                _waiting[agent] = queue = new();
                _turns.Enqueue(agent);
            }

            _ = goesOn ? queue.AddFirst(turn) : queue.AddLast(turn);
        }

        await using var cancelled = cancellationToken.UnsafeRegister(_ => turn.TrySetCanceled(cancellationToken), null).ConfigureAwait(false);
        await turn.Task.ConfigureAwait(false);
    }

    private void Leave()
    {
        lock (_gate)
        {
            while (_turns.TryDequeue(out var agent))
            {
                if (PassOn(agent))
                {
                    return;
                }
            }

            _free++;
        }
    }

    // To the agent's next call that has not been given up meanwhile; the agent then goes to the end of the line.
    private bool PassOn(AgentName agent)
    {
        var queue = _waiting[agent];
        var passed = false;
        while (!passed && queue.First is { } first)
        {
            queue.RemoveFirst();
            passed = first.Value.TrySetResult();
        }

        if (queue.Count > 0)
        {
            _turns.Enqueue(agent);
        }
        else
        {
            _waiting.Remove(agent);
        }

        return passed;
    }
}
