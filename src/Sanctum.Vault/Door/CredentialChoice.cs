using System.Text;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Injections;
using Sanctum.Egress.Scrubbing;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Which credential a request goes out with, and the request without the placeholder that said so.</summary>
/// <param name="Path">The credential.</param>
/// <param name="Target">Where it goes, for the decision.</param>
/// <param name="Headers">The headers that are left.</param>
internal sealed record CredentialChoice(CredentialPath Path, RequestTarget Target, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>
    /// By the first that says so: a placeholder in the place where its credential goes; the path that the call names; the one credential that is bound to this
    /// host and path and that the agent may use.
    /// </summary>
    /// <exception cref="VaultException">None, or several; or a placeholder is where it may not be. Egress denied.</exception>
    public static CredentialChoice Of(
        UnsealedVault vault, Caller caller, HttpCall call, LeasedCall? leased, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        if (leased is not null)
        {
            return ByLease(vault, call, leased, target, headers);
        }

        if (call.Run is { } run && ByPlaceholder(vault, run, call, target, headers) is { } placed)
        {
            return placed;
        }

        if (call.Path is { } path)
        {
            return new(path, target, headers);
        }

        var found = BoundTo(vault, caller, target);
        var choice = found switch
        {
            [] => throw Errors.NoCredentialFor(target.Url.Origin),
            [var only] => only,
            _ => throw Errors.CredentialsFor(target.Url.Origin, found.Select(credential => credential.Path)),
        };
        return CarriesItsOwn(choice, headers) ? throw Errors.OwnCredential(choice.Path) : new(choice.Path, target, headers);
    }

    private static CredentialChoice ByLease(UnsealedVault vault, HttpCall call, LeasedCall leased, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var choice = leased.Choose(vault, target, headers);
        if (call.Run is { } run)
        {
            RequireNoneLeft(run, choice.Target, choice.Headers);
        }

        return CarriesItsOwn(vault.Credentials.Require(choice.Path), choice.Headers) ? throw Errors.OwnCredential(choice.Path) : choice;
    }

    private static CredentialChoice? ByPlaceholder(UnsealedVault vault, Run run, HttpCall call, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        CredentialChoice? choice = null;
        foreach (var (path, text) in run.Placeholders)
        {
            if (!vault.Credentials.TryFind(path, out var credential) || !Injection.Choose(credential, null, null).TryTakePlaceholder(text, target, headers, out var without))
            {
                continue;
            }

            choice = choice is not null || (call.Path is { } named && named != path) ? throw Errors.PlaceholderMisplaced(path)
                : Binding.Permits(credential, target.Method, target.Url) ? new(path, without.Target, without.Headers)
                : throw Errors.PlaceholderNotBound(path, target.Url.Origin);
        }

        RequireNoneLeft(run, choice?.Target ?? target, choice?.Headers ?? headers);
        return choice;
    }

    // In whatever form: what a service gives back of it would tell nothing, but a placeholder that leaves is a request that was meant for somebody else.
    private static void RequireNoneLeft(Run run, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        if (run.Needles.All.Count == 0)
        {
            return;
        }

        var text = new StringBuilder(target.Url.Path).Append(target.Url.Query);
        foreach (var (name, value) in headers)
        {
            text.Append('\n').Append(name).Append(": ").Append(value);
        }

        using var scrubber = new Scrubber(run.Needles);
        if (scrubber.Finds(Encoding.Latin1.GetBytes(text.ToString())))
        {
            throw run.Placeholders.Keys.FirstOrDefault() is { } path ? Errors.PlaceholderMisplaced(path) : Errors.TokenMisplaced();
        }
    }

    // The most specific path pattern wins, where one is more specific than all others.
    private static List<CredentialInfo> BoundTo(UnsealedVault vault, Caller caller, RequestTarget target)
    {
        List<CredentialInfo> bound = [.. vault.Hosts.BoundTo(target.Url.Origin).Where(credential =>
            Binding.Permits(credential, target.Method, target.Url) && vault.Policies.MightGrant(caller.Agent, PolicyActions.Use, credential.Path))];
        if (bound.Count > 1)
        {
            var longest = bound.Max(credential => PathPattern.LongestMatch(credential.Paths, target.Url));
            var best = bound.Where(credential => PathPattern.LongestMatch(credential.Paths, target.Url) == longest).ToList();
            return best.Count == 1 ? best : bound;
        }

        return bound;
    }

    private static bool CarriesItsOwn(CredentialInfo credential, IReadOnlyList<KeyValuePair<string, string>> headers) =>
        Injection.Choose(credential, null, null).HeaderNames is var names
        && headers.Any(header => names.Contains(header.Key, StringComparer.OrdinalIgnoreCase));
}
