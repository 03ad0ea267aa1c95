using System.Security.Cryptography;
using System.Text;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Sockets;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Sends a request with a credential, and gives its response on as it comes.</summary>
internal static class Exchanging
{
    // Taken out of a request rather than refused: parts of a response could each hold half of a secret, and the whole is a valid response to a request for a part.
    private static readonly string[] LeftOut = ["Range", "If-Range", "Expect", "TE"];

    /// <exception cref="VaultException">It is malformed, refused, or the service fails.</exception>
    public static async Task<HttpExchange> SendAsync(UnsealedVault vault, Caller caller, HttpCall call, CancellationToken cancellationToken)
    {
        // 1 read strictly: what is malformed has no meaning that could be decided on, and leaves no entry
        if (call is { IsForSocket: true } and not { Method: "GET", Body: null })
        {
            throw Errors.SocketHasBody();
        }

        var (leased, target) = call.Lease is { } key
            ? await LeasedCall.RequireAsync(vault, caller, call, key).ConfigureAwait(false)
            : ((LeasedCall?)null, RequestTarget.Parse(call.Method, call.Url));
        var headers = call.Headers.Where(header =>
            !LeftOut.Contains(header.Key, StringComparer.OrdinalIgnoreCase) && !(call.IsForSocket && SocketHandshake.Own.Contains(header.Key, StringComparer.OrdinalIgnoreCase))).ToList();

        // 2 find the credential
        var choice = await ChooseAsync(vault, caller, call, leased, target, headers).ConfigureAwait(false);

        // 3 decide
        var callerOrSession = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        var whole = new WholeBody(vault.Egress.Quota.BodiesOf(caller.Agent));
        AgentQuota.Bucket? place = null;
        Authorized authorized;
        try
        {
            if (call.Body is not null && leased is not { Approved: true } && NeedsApproval(vault, caller, choice))
            {
                place = await ReadWholeAsync(vault, caller, call, choice, leased, whole, callerOrSession.Token).ConfigureAwait(false);
            }

            authorized = await vault.Authorizer.RequireAsync(
                caller, PolicyActions.Use, choice.Path, AuditActions.Use, OperationNames.HttpRequest, CallOf(call, choice, leased, whole), callerOrSession.Token).ConfigureAwait(false);
        }
        catch
        {
            place?.Dispose();
            whole.Dispose();
            callerOrSession.Dispose();
            throw;
        }

        var outcome = new Outcome();
        ExchangeParts? parts = null;
        try
        {
            parts = new ExchangeParts(vault, caller, authorized, vault.Credentials.Require(choice.Path), choice.Target, callerOrSession, cancellationToken, leased?.LeaseId, leased is null ? null : () => leased.IsWithin(vault, caller, target)) { Place = place };
            (outcome.Details, place) = (parts.Outcome, null);
            return await OpenAsync(vault, caller, authorized, parts, call.Way, DraftOf(call, choice, leased?.Limits(vault, authorized.Decision), authorized.Decision, whole)).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            var told = parts?.Translate(failure) ?? failure;
            place?.Dispose();
            whole.Dispose();
            await (parts?.ReleaseAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            callerOrSession.Dispose();
            await authorized.FailAsync(told, outcome).ConfigureAwait(false);
            if (ReferenceEquals(told, failure))
            {
                throw;
            }

            throw told;
        }
    }

    private static async Task<HttpExchange> OpenAsync(UnsealedVault vault, Caller caller, Authorized authorized, ExchangeParts parts, string way, RequestDraft draft)
    {
        // 4 check, put the secret in, record
        parts.Outcome["way"] = way;
        if (draft.IsForSocket)
        {
            parts.Outcome["upgrade"] = "websocket";
        }

        draft.Target.AddTo(parts.Outcome);
        var route = await Preparing.PrepareAsync(vault, caller, authorized, parts, draft).ConfigureAwait(false);

        // That is in the entry of the decision; what follows is about how it went.
        parts.Outcome.Clear();

        // 5 send it, and search the head of what comes back
        var response = await parts.OpenAsync(route, authorized.Decision.IsCounted).ConfigureAwait(false);
        try
        {
            await parts.RecordFoundAsync(response.FoundInHead).ConfigureAwait(false);
            parts.RequireNotWithdrawn();

            // 6 from here on it is read as it comes; its end is recorded by the exchange
            return new HttpExchange(parts, response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static RequestDraft DraftOf(HttpCall call, CredentialChoice choice, GrantedLimits? ofLease, Decision decision, WholeBody whole) => new()
    {
        Target = choice.Target,
        Headers = choice.Headers,
        HeaderType = call.HeaderType,
        HeaderName = call.HeaderName,
        Limits = ofLease ?? new GrantedLimits(decision.LimitsPaths, decision.LimitsMethods),
        Whole = whole,
        Content = call.Body,
        ContentLength = call.BodyLength,
        IsForSocket = call.IsForSocket,
        Run = call.Run,
    };

    private static async Task<CredentialChoice> ChooseAsync(
        UnsealedVault vault, Caller caller, HttpCall call, LeasedCall? leased, RequestTarget target, List<KeyValuePair<string, string>> headers)
    {
        try
        {
            return CredentialChoice.Of(vault, caller, call, leased, target, headers);
        }
        catch (VaultException refused)
        {
            await RecordAsync(vault, caller, call, leased, target, "host:" + target.Url.Origin.Authority, AuditOutcome.Denied, refused).ConfigureAwait(false);
            throw;
        }
    }

    // What a human is to look at is known whole. It holds a place from its first byte on, as all that is sent does, and does not stand still.
    private static async Task<AgentQuota.Bucket> ReadWholeAsync(
        UnsealedVault vault, Caller caller, HttpCall call, CredentialChoice choice, LeasedCall? leased, WholeBody whole, CancellationToken ending)
    {
        AgentQuota.Bucket? place = null;
        try
        {
            place = vault.Egress.Quota.Enter(caller.Agent);
            using var stillness = new Stillness(vault.Egress.Options.StillTimeout, vault.Options.TimeProvider, ending);
            await whole.ReadAsync(call.Body, Preparing.MostHeld, stillness).ConfigureAwait(false);
            return place;
        }
        catch (Exception failure)
        {
            place?.Dispose();
            if (failure is VaultException refused)
            {
                await RecordAsync(vault, caller, call, leased, choice.Target, Authorized.ResourceOf(vault, choice.Path), AuditOutcome.Failed, refused).ConfigureAwait(false);
            }

            throw;
        }
    }

    private static Task RecordAsync(
        UnsealedVault vault, Caller caller, HttpCall call, LeasedCall? leased, RequestTarget target, string resource, AuditOutcome outcome, VaultException refused)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal) { ["way"] = call.Way };
        target.AddTo(details);
        return AgentEntry.RecordRefusalAsync(vault, AgentEntry.Of(vault, caller, AuditActions.Use, resource) with
        {
            Operation = OperationNames.HttpRequest,
            Outcome = outcome,
            Reason = refused.Code,
            LeaseId = leased?.LeaseId,
            Details = details,
        });
    }

    private static bool NeedsApproval(UnsealedVault vault, Caller caller, CredentialChoice choice) => vault.Policies.Decide(
        new DecisionRequest(caller.Agent, PolicyActions.Use, choice.Path, OperationNames.HttpRequest, vault.Moment, choice.Target), vault.Counters).Code == VaultErrorCode.ApprovalRequired;

    private static Call CallOf(HttpCall call, CredentialChoice choice, LeasedCall? leased, WholeBody whole) =>
        new(choice.Target, () => Digest(call, choice, whole)) { LeaseId = leased?.LeaseId, Approved = leased is { Approved: true } };

    // With the length of each text, the number of headers and whether there is a body, so that no two requests are one: a body can't be made up to read like headers.
    private static byte[] Digest(HttpCall call, CredentialChoice choice, WholeBody body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] texts =
        [
            call.IsForSocket ? "socket" : "exchange", call.HeaderType ?? "", call.HeaderName ?? "",
            choice.Target.Method, choice.Target.Url.Origin.ToString(), choice.Target.Url.Path + choice.Target.Url.Query,
        ];
        foreach (var text in texts)
        {
            Append(hash, text);
        }

        hash.AppendData(BitConverter.GetBytes(choice.Headers.Count));
        foreach (var (name, value) in choice.Headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase))
        {
            Append(hash, name.ToLowerInvariant());
            Append(hash, value);
        }

        hash.AppendData([(byte)(call.Body is null ? 0 : 1)]);
        hash.AppendData(body.Bytes.Span);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(utf8.Length));
        hash.AppendData(utf8);
    }
}
