using Sanctum.Client.Keys;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client.Connections;

/// <summary>A connection that has signed in.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Id">The session's id.</param>
/// <param name="Features">What the daemon says that it has.</param>
/// <param name="HalfOver">When half of the session has passed, as a timestamp of the clock; null when the daemon did not say when it ends.</param>
internal sealed record Session(RpcConnection Connection, string Id, IReadOnlyList<string> Features, long? HalfOver)
{
    /// <summary>Signs in: asks for a challenge, looks at it, signs it. The key is read for this and forgotten after it.</summary>
    public static async Task<Session> SignInAsync(
        RpcConnection connection,
        string agentName,
        SanctumClientOptions options,
        CancellationToken cancellationToken)
    {
        var asked = await connection.CallAsync(
            Methods.Authenticate,
            traceParent: null,
            new AuthenticateParams(agentName),
            RequestJson.Default.AuthenticateParams,
            reply => reply.ReadResult(Replies.Default.AuthenticateReply),
            Timeout.InfiniteTimeSpan,
            cancellationToken).ConfigureAwait(false);

        var answer = await connection.CallAsync(
            Methods.ChallengeResponse,
            traceParent: null,
            new ChallengeResponseParams(Sign(asked.Challenge, agentName, options), asked.SessionId),
            RequestJson.Default.ChallengeResponseParams,
            reply => reply.ReadResult(Replies.Default.ChallengeResponseReply),
            Timeout.InfiniteTimeSpan,
            cancellationToken).ConfigureAwait(false);

        // The first reply's id is the one that the other SDKs go on with.
        return answer.Authenticated ? new Session(connection, asked.SessionId, answer.Features ?? [], HalfOf(answer.ExpiresAt?.Value, options.TimeProvider)) : throw Errors.NotAuthenticated();
    }

    private static long? HalfOf(DateTimeOffset? end, TimeProvider time) => end - time.GetUtcNow() is { } left && left > TimeSpan.Zero
        ? time.GetTimestamp() + (long)(left.TotalSeconds / 2 * time.TimestampFrequency)
        : null;

    private static string Sign(string challenge, string agentName, SanctumClientOptions options)
    {
        var bytes = ChallengeRule.Read(challenge, options.RequireLabelledChallenge);
        using var key = KeyResolution.Load(agentName, options);
        return Convert.ToHexStringLower(key.Sign(bytes));
    }
}
