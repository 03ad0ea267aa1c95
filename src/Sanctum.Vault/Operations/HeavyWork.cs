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
    private readonly Dictionary<AgentName, Queue<TaskCompletionSource>> _waiting = [];
    private readonly Queue<AgentName> _turns = new();
    private int _free = workers;

    /// <summary>Whether an operation with these parameters and this secret has to wait for its turn.</summary>
    public static bool IsHeavy(JsonElement parameters, int secretSize) =>
        secretSize > LargeKey || JsonMarshal.GetRawUtf8Value(parameters).Length > LargeInput;

    /// <summary>Runs it when it is its agent's turn.</summary>
    public async ValueTask<T> RunAsync<T>(AgentName agent, Func<ValueTask<T>> work, CancellationToken cancellationToken)
    {
        await EnterAsync(agent, cancellationToken).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    private async Task EnterAsync(AgentName agent, CancellationToken cancellationToken)
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

            queue.Enqueue(turn);
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
        while (!passed && queue.TryDequeue(out var turn))
        {
            passed = turn.TrySetResult();
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
