using System.Globalization;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Connections;
using Sanctum.Egress.Guesses;
using Sanctum.Egress.Injections;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Scrubbing;
using Sanctum.Egress.Sockets;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>What is done with every request that was granted before anything of it leaves, whatever way it came in.</summary>
internal static class Preparing
{
    /// <summary>A body that has to be known whole before anything of it is sent has at most so many bytes.</summary>
    public const int MostHeld = 16 * 1024 * 1024;

    /// <summary>Checks it, puts the secret in, and has it on the record.</summary>
    /// <returns>Whom it is for, and where it goes. The request is among the parts.</returns>
    /// <exception cref="VaultException">It is refused.</exception>
    public static async Task<Route> PrepareAsync(UnsealedVault vault, Caller caller, Authorized authorized, ExchangeParts parts, RequestDraft draft)
    {
        var (credential, egress) = (parts.Credential, vault.Egress);

        // 1 check
        var injection = Injection.Choose(credential, draft.HeaderType, draft.HeaderName);
        var request = parts.Request = new OutgoingRequest(draft.Target, draft.Headers, egress.KeptNeedles) { Whole = draft.Whole, RequireGoing = parts.RequireNotWithdrawn };
        RequestRules.Require(request, draft.Headers, credential, injection, draft.Limits);
        var place = parts.Place ??= egress.Quota.Enter(caller.Agent);
        egress.Guesses.RequireOpen(caller.Agent, credential.Path);

        // 2 the body, where it has to be known whole
        var isEncoded = GuessSearch.CodingsOf(draft.Headers).Length > 0;
        if (draft.Given is { } given)
        {
            draft.Whole.Take(given);
        }
        else if (isEncoded || injection.SignsBody)
        {
            await draft.Whole.ReadAsync(draft.Content, MostHeld, parts.Stillness).ConfigureAwait(false);
        }

        RequireSearchable(draft, isEncoded);

        // 3 put the secret in
        using (var secret = await vault.OpenSecretAsync(credential, parts.Going).ConfigureAwait(false))
        {
            request.TakeBody(draft.Whole);
            injection.Apply(request, secret.Span, vault.Options.TimeProvider.GetUtcNow());
        }

        // 4 the agent does not send the secret itself, to see whether it guessed right
        var guess = new Guess(vault, caller, credential.Path, parts.Outcome);
        if (await HoldsSecretAsync(vault, caller, request, WordsOf(draft, credential), isEncoded, place.Bodies, parts.Going).ConfigureAwait(false) && !guess.MayRetrieve())
        {
            throw guess.Count();
        }

        // Others that were searched at the same time may have used up the agent's guesses: then this response would tell what theirs no longer do.
        egress.Guesses.RequireOpen(caller.Agent, credential.Path);
        SearchWhileSending(request, draft, guess, parts);

        // 5 on the record, before anything of it leaves
        await authorized.AnnounceAsync(parts.Outcome).ConfigureAwait(false);

        // The token is cancelled a moment after the withdrawal, and by then it could have been sent.
        parts.RequireNotWithdrawn();
        return new Route(caller.Agent, credential, draft.Target.Url.Origin, Binding.IsAllowedOrigin(credential, draft.Target.Url.Origin)) { IsForOne = draft.IsForSocket };
    }

    // Messages that are compressed one by one. What is encoded as a whole is decoded for the search, and its messages are not looked at.
    private static void RequireSearchable(RequestDraft draft, bool isEncoded)
    {
        if (draft.Whole.IsThere && !isEncoded)
        {
            Envelopes.Of(draft.Headers)?.EndWith(draft.Whole.Bytes.Span);
        }
    }

    // Where the operator left it open, the name of the header with the secret is the agent's own word too.
    private static IReadOnlyList<KeyValuePair<string, string>> WordsOf(RequestDraft draft, CredentialInfo credential) =>
        draft.HeaderName is { } name && credential.HeaderType is null ? [.. draft.Headers, KeyValuePair.Create(name, "")] : draft.Headers;

    private static ValueTask<bool> HoldsSecretAsync(
        UnsealedVault vault, Caller caller, OutgoingRequest request, IReadOnlyList<KeyValuePair<string, string>> sent, bool isEncoded, MemoryBudget memory, CancellationToken cancellationToken)
    {
        // A large body takes a processor for long, and a small one can be decoded to a large one.
        return isEncoded || request.Body.Length > HeavyWork.LargeInput
            ? vault.Heavy.RunAsync(caller.Agent, passOn => GuessSearch.HoldsAsync(request, sent, memory, passOn, cancellationToken), cancellationToken)
            : GuessSearch.HoldsAsync(request, sent, memory, static () => default, cancellationToken);
    }

    // What is not there yet is searched when it comes.
    private static void SearchWhileSending(OutgoingRequest request, RequestDraft draft, Guess guess, ExchangeParts parts)
    {
        if (draft.Content is { } content && !draft.Whole.IsThere)
        {
            request.Stream = new StreamedBody(content, draft.ContentLength, [.. SearchesOf(draft.Run, request.Needles, guess)], MessageEnds.Of(draft.Headers), MovedOn);
        }

        if (draft.IsForSocket)
        {
            request.Handshake = SocketHandshake.Of(draft.Headers);
            request.Outgoing = new OutgoingSearch([.. SearchesOf(draft.Run, request.Needles, guess)]);
        }

        // What has been read is not passed on yet, and may have been waited for.
        void MovedOn()
        {
            parts.Stillness.Moved();
            parts.RequireNotWithdrawn();
        }
    }

    private static IEnumerable<(Needles Needles, Func<VaultException> Refusal)> SearchesOf(Run? run, Needles secret, Guess guess)
    {
        if (!guess.MayRetrieve())
        {
            yield return (secret, guess.Count);
        }

        if (run is { Needles.All.Count: > 0 })
        {
            yield return (run.Needles, run.Placeholders.Count > 0 ? Errors.PlaceholderInBody : Errors.TokenMisplaced);
        }
    }

    /// <summary>What happens when a request turns out to hold the secret that it is sent with.</summary>
    private sealed class Guess(UnsealedVault vault, Caller caller, CredentialPath path, Dictionary<string, string> details)
    {
        /// <summary>Whether the agent may have the secret itself, so that it has no need to guess it.</summary>
        public bool MayRetrieve() => vault.Policies.Decide(
            new DecisionRequest(caller.Agent, PolicyActions.Retrieve, path, null, vault.Moment), vault.Counters).Allowed;

        public VaultException Count()
        {
            // The path may be where it stands.
            details["path"] = "(contains the secret)";
            details["guesses"] = vault.Egress.Guesses.Add(caller.Agent, path).ToString(CultureInfo.InvariantCulture);
            return Errors.SecretInRequest(path);
        }
    }
}
