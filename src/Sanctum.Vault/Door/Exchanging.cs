using System.Security.Cryptography;
using System.Text;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Connections;
using Sanctum.Egress.Guesses;
using Sanctum.Egress.Injections;
using Sanctum.Egress.Scrubbing;
using Sanctum.Egress.Sockets;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Sends a request with a credential, and gives its response on as it comes.</summary>
internal static class Exchanging
{
    // A body that has to be known whole before anything of it is sent.
    private const int MostHeld = 16 * 1024 * 1024;

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
        using var deciding = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        var whole = new WholeBody(vault.Egress.Quota.BodiesOf(caller.Agent));
        Authorized authorized;
        try
        {
            if (leased is not { Approved: true } && NeedsApproval(vault, caller, choice))
            {
                await whole.ReadAsync(call.Body, MostHeld, deciding.Token).ConfigureAwait(false);
            }

            authorized = await vault.Authorizer.RequireAsync(
                caller, PolicyActions.Use, choice.Path, AuditActions.Use, OperationNames.HttpRequest, CallOf(call, choice, leased, whole), deciding.Token).ConfigureAwait(false);
        }
        catch
        {
            whole.Dispose();
            throw;
        }

        var outcome = new Outcome();
        ExchangeParts? parts = null;
        try
        {
            parts = new ExchangeParts(vault, caller, authorized, vault.Credentials.Require(choice.Path), choice.Target, leased?.LeaseId, cancellationToken);
            outcome.Details = parts.Outcome;
            return await OpenAsync(vault, caller, call, choice, leased, authorized, parts, whole).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            var told = parts?.Translate(failure) ?? failure;
            whole.Dispose();
            await (parts?.ReleaseAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            await authorized.FailAsync(told, outcome).ConfigureAwait(false);
            if (ReferenceEquals(told, failure))
            {
                throw;
            }

            throw told;
        }
    }

    private static async Task<HttpExchange> OpenAsync(
        UnsealedVault vault, Caller caller, HttpCall call, CredentialChoice choice, LeasedCall? leased, Authorized authorized, ExchangeParts parts, WholeBody whole)
    {
        var (credential, egress) = (parts.Credential, vault.Egress);
        var details = new Dictionary<string, string>(StringComparer.Ordinal) { ["way"] = call.Way };
        choice.Target.AddTo(details);

        // 4 check, and put the secret in
        var injection = Injection.Choose(credential, call.HeaderType, call.HeaderName);
        var request = parts.Request = new OutgoingRequest(choice.Target, choice.Headers, egress.KeptNeedles);
        request.Whole = whole;
        RequestRules.Require(request, choice.Headers, credential, injection, leased?.Limits(vault, authorized.Decision) ?? new GrantedLimits(authorized.Decision.LimitsPaths, authorized.Decision.LimitsMethods));
        parts.Place = egress.Quota.Enter(caller.Agent);
        egress.Guesses.RequireOpen(caller.Agent, credential.Path);
        var encoded = GuessSearch.CodingsOf(choice.Headers).Length > 0;
        if (encoded || injection.SignsBody)
        {
            await whole.ReadAsync(call.Body, MostHeld, parts.Going).ConfigureAwait(false);
        }

        using (var secret = await vault.OpenSecretAsync(credential, parts.Going).ConfigureAwait(false))
        {
            request.TakeBody(whole);
            injection.Apply(request, secret.Span, vault.Options.TimeProvider.GetUtcNow());
        }

        var mayRetrieve = MayRetrieve(vault, caller, credential.Path);
        var guess = new Guess(vault, caller, credential.Path, parts.Outcome);
        if (!mayRetrieve && await GuessSearch.HoldsAsync(request, choice.Headers, parts.Place.Bodies, parts.Going).ConfigureAwait(false))
        {
            throw guess.Count();
        }

        if (call.Body is { } body && !whole.IsThere)
        {
            request.Stream = new StreamedBody(body, call.BodyLength, [.. SearchesOf(call.Run, mayRetrieve ? null : request.Needles, guess)], parts.Stillness.Moved);
        }

        if (call.IsForSocket)
        {
            details["upgrade"] = "websocket";
            request.Handshake = SocketHandshake.Of(choice.Headers);
            request.Outgoing = new OutgoingSearch([.. SearchesOf(call.Run, mayRetrieve ? null : request.Needles, guess)]);
        }

        // 5 on the record, before anything of it leaves
        await authorized.AnnounceAsync(details).ConfigureAwait(false);
        if (parts.Running.IsWithdrawn)
        {
            throw parts.WhyEnding();
        }

        // 6 send it, and search the head of what comes back
        using (parts.Stillness.Watch())
        {
            var route = new Route(caller.Agent, credential, choice.Target.Url.Origin, Binding.IsAllowedOrigin(credential, choice.Target.Url.Origin)) { IsForOne = call.IsForSocket };
            var response = await egress.OpenAsync(request, route, authorized.Decision.IsCounted, parts.Place.Memory, parts.Outcome, parts.Going).ConfigureAwait(false);
            try
            {
                await parts.RecordFoundAsync(response.FoundInHead).ConfigureAwait(false);

                // 7 from here on it is read as it comes; its end is recorded by the exchange
                return new HttpExchange(parts, response);
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    private static async Task<CredentialChoice> ChooseAsync(
        UnsealedVault vault, Caller caller, HttpCall call, LeasedCall? leased, RequestTarget target, List<KeyValuePair<string, string>> headers)
    {
        try
        {
            return CredentialChoice.Of(vault, caller, call, leased, target, headers);
        }
        catch (VaultException refused)
        {
            var details = new Dictionary<string, string>(StringComparer.Ordinal) { ["way"] = call.Way };
            target.AddTo(details);
            await AgentEntry.RecordRefusalAsync(vault, AgentEntry.Of(vault, caller, AuditActions.Use, "host:" + target.Url.Origin.Authority) with
            {
                Operation = OperationNames.HttpRequest,
                Outcome = AuditOutcome.Denied,
                Reason = refused.Code,
                LeaseId = leased?.LeaseId,
                Details = details,
            }).ConfigureAwait(false);
            throw;
        }
    }

    private static bool NeedsApproval(UnsealedVault vault, Caller caller, CredentialChoice choice) => vault.Policies.Decide(
        new DecisionRequest(caller.Agent, PolicyActions.Use, choice.Path, OperationNames.HttpRequest, vault.Options.TimeProvider.GetLocalNow(), choice.Target), vault.Counters).Code == VaultErrorCode.ApprovalRequired;

    private static bool MayRetrieve(UnsealedVault vault, Caller caller, CredentialPath path) => vault.Policies.Decide(
        new DecisionRequest(caller.Agent, PolicyActions.Retrieve, path, null, vault.Options.TimeProvider.GetLocalNow()), vault.Counters).Allowed;

    private static IEnumerable<(Needles Needles, Func<VaultException> Refusal)> SearchesOf(Run? run, Needles? secret, Guess guess)
    {
        if (secret is not null)
        {
            yield return (secret, guess.Count);
        }

        if (run is { Needles.All.Count: > 0 })
        {
            yield return (run.Needles, run.Placeholders.Count > 0 ? Errors.PlaceholderInBody : Errors.TokenMisplaced);
        }
    }

    private static Call CallOf(HttpCall call, CredentialChoice choice, LeasedCall? leased, WholeBody whole) =>
        new(choice.Target, () => Digest(call, choice, whole)) { LeaseId = leased?.LeaseId, Approved = leased is { Approved: true } };

    // With the length of each before it, so that no two requests are one.
    private static byte[] Digest(HttpCall call, CredentialChoice choice, WholeBody body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] texts =
        [
            "exchange", call.HeaderType ?? "", call.HeaderName ?? "", choice.Target.Method, choice.Target.Url.Origin.ToString(), choice.Target.Url.Path + choice.Target.Url.Query,
            .. choice.Headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase).SelectMany(header => new[] { header.Key.ToLowerInvariant(), header.Value }),
        ];
        foreach (var text in texts)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(utf8.Length));
            hash.AppendData(utf8);
        }

        hash.AppendData(body.Bytes.Span);
        return hash.GetHashAndReset();
    }

    /// <summary>What happens when a request turns out to hold the secret that it is sent with.</summary>
    private sealed class Guess(UnsealedVault vault, Caller caller, CredentialPath path, Dictionary<string, string> details)
    {
        public VaultException Count()
        {
            details["path"] = "(contains the secret)";
            details["guesses"] = vault.Egress.Guesses.Add(caller.Agent, path).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Errors.SecretInRequest(path);
        }
    }
}
