using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Sanctum.Mcp.Tools;

namespace Sanctum.Mcp.Asking;

/// <summary>
/// Calls that take longer than a host waits, mostly because an operator has to approve them. The host gets a handle. When it comes back with that, the call is resumed and not repeated.
/// </summary>
/// <param name="agent">Whose they are.</param>
/// <param name="wait">How long a host is made to wait at most.</param>
/// <param name="time">The clock.</param>
internal sealed class WaitingCalls(string agent, TimeSpan wait, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The argument by which a call is resumed.</summary>
    public const string Handle = "handle";

    /// <summary>How many are kept.</summary>
    public const int Most = 16;

    // Clients of the protocol's library give up after ten rounds; the model is told to come back before that.
    private const int MostRounds = 8;

    private const string FirstWithRequestState = "2026-07-28";

    // The vault forgets an approval that nobody decided after this time too.
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(15);

    // A response can get lost between here and the model, which then asks again.
    private static readonly TimeSpan KeptDone = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, WaitingCall> _calls = [];
    private readonly CallToken _tokens = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Whether a call goes on with another.</summary>
    public static bool HasHandle(CallToolRequestParams request) => HandleOf(request) is not null;

    /// <summary>Makes a call, or goes on with one.</summary>
    /// <param name="request">What the host sent.</param>
    /// <param name="attempt">Makes the call once.</param>
    /// <param name="cancellationToken">The host has given up.</param>
    /// <exception cref="InputRequiredException">The host is to come back, by the protocol's own way.</exception>
    /// <exception cref="ToolArgumentException">The handle is not one of this call.</exception>
    public async Task<CallToolResult> RunAsync(RequestContext<CallToolRequestParams> request, Func<CancellationToken, Task<CallAttempt>> attempt, CancellationToken cancellationToken)
    {
        return HandleOf(request.Params) is { } handle
            ? await ResumeAsync(request, Find(handle, request.Params), cancellationToken).ConfigureAwait(false)
            : await BeginAsync(request, new WaitingCall(request.Params.Name, BoundOf(request.Params), attempt, time, _ending.Token), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _ending.Dispose();
        foreach (var call in _calls.Values)
        {
            call.Dispose();
        }
    }

    private async Task<CallToolResult> BeginAsync(RequestContext<CallToolRequestParams> request, WaitingCall call, CancellationToken cancellationToken)
    {
        var isKept = false;
        try
        {
            // Nobody has a handle yet: a host that gives up gives up the call.
            await using (cancellationToken.Register(call.GiveUp))
            {
                if (await call.WaitAsync(wait, cancellationToken).ConfigureAwait(false) is { } result)
                {
                    return result;
                }

                isKept = TryKeep(call);
                if (!isKept)
                {
                    return await call.FinishAsync(cancellationToken).ConfigureAwait(false) ?? WaitingResult.TooMany(call.ApprovalId);
                }
            }

            return Told(request, call);
        }
        finally
        {
            if (!isKept)
            {
                call.Dispose();
            }
        }
    }

    private async Task<CallToolResult> ResumeAsync(RequestContext<CallToolRequestParams> request, WaitingCall call, CancellationToken cancellationToken)
    {
        if (await call.WaitAsync(wait, cancellationToken).ConfigureAwait(false) is not { } result)
        {
            return Told(request, call);
        }

        call.ExpiresAt = time.GetUtcNow() + KeptDone;
        return result;
    }

    private CallToolResult Told(RequestContext<CallToolRequestParams> request, WaitingCall call)
    {
        var token = _tokens.Make(call.Id, call.ExpiresAt, call.Bound);
        return IsStateless(request) && call.Rounds++ < MostRounds
            ? throw new InputRequiredException(requestState: token)
            : WaitingResult.Of(call.Tool, token, call.ApprovalId);
    }

    private bool TryKeep(WaitingCall call)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var over in _calls.Values.Where(known => known.ExpiresAt <= now).ToList())
            {
                Drop(over);
            }

            if (_calls.Count >= Most && _calls.Values.Where(known => known.IsDone).MinBy(known => known.ExpiresAt) is { } done)
            {
                Drop(done);
            }

            call.ExpiresAt = now + KeptFor;
            return _calls.Count < Most && _calls.TryAdd(call.Id, call);
        }
    }

    private void Drop(WaitingCall call)
    {
        _calls.Remove(call.Id);
        call.GiveUp();
        call.Dispose();
    }

    // A handle alone says which call it is; arguments beside it have to be the call's.
    private WaitingCall Find(string handle, CallToolRequestParams request)
    {
        WaitingCall? call = null;
        if (CallToken.Claimed(handle) is { } id)
        {
            lock (_lock)
            {
                call = _calls.GetValueOrDefault(id);
            }
        }

        var now = time.GetUtcNow();
        if (call is null || call.ExpiresAt <= now || !_tokens.IsFor(handle, call.Bound, now))
        {
            throw new ToolArgumentException("there is no call that waits under this handle: it has expired, or was changed. Make the call again without it");
        }

        var isAlone = request.RequestState is null && request.Arguments!.Count == 1;
        return (isAlone ? call.Tool == request.Name : call.Bound.AsSpan().SequenceEqual(BoundOf(request))) ? call
            : throw new ToolArgumentException("this handle belongs to another call: send the same tool and arguments, or the handle alone");
    }

    private static string? HandleOf(CallToolRequestParams request) =>
        request.RequestState is { } state ? state
        : request.Arguments is null || !request.Arguments.TryGetValue(Handle, out var handle) || handle.ValueKind == JsonValueKind.Null ? null
        : handle.ValueKind == JsonValueKind.String ? handle.GetString()
        : throw new ToolArgumentException($"'{Handle}' must be a string");

    private byte[] BoundOf(CallToolRequestParams request) =>
        CallToken.BoundTo(agent, request.Name, OrderedJson.Of((request.Arguments ?? new Dictionary<string, JsonElement>()).Where(argument => argument.Key != Handle)));

    private static bool IsStateless(RequestContext<CallToolRequestParams> request) =>
        string.CompareOrdinal(request.JsonRpcRequest.Context?.ProtocolVersion ?? request.Server.NegotiatedProtocolVersion, FirstWithRequestState) >= 0;
}
