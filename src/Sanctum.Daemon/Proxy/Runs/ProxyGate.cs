using System.Text;
using Microsoft.Extensions.Primitives;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Proxy.Runs;

/// <summary>Who may use the proxy: whoever sends the token of a run. Every way in comes through here.</summary>
/// <param name="runs">The runs.</param>
/// <param name="guesses">Counts wrong tokens.</param>
internal sealed class ProxyGate(ProxyRuns runs, TokenGuesses guesses)
{
    /// <summary>The user name that goes with a token, where a client has to send one.</summary>
    public const string User = "run";

    // A token has 43 characters.
    private const int LongestHeader = 256;

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Finds the run of a request to the proxy.</summary>
    /// <param name="peer">Where it comes from.</param>
    /// <param name="proxyAuthorization">Its <c>Proxy-Authorization</c> headers.</param>
    /// <param name="cancellationToken">The connection's.</param>
    /// <exception cref="ProxyException">There is no token, or a wrong one.</exception>
    public async ValueTask<ProxyRun> RequireAsync(ConnectionPeer peer, StringValues proxyAuthorization, CancellationToken cancellationToken)
    {
        // Clients such as git wait to be asked: that is no wrong token.
        if (proxyAuthorization.Count == 0)
        {
            throw ProxyErrors.NoToken();
        }

        return await RequireTokenAsync(peer, proxyAuthorization is [{ } only] ? TokenOf(only) : null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the run of a token that came another way.</summary>
    /// <exception cref="ProxyException">It is a wrong one.</exception>
    public async ValueTask<ProxyRun> RequireTokenAsync(ConnectionPeer peer, string? token, CancellationToken cancellationToken)
    {
        if (token is not null && runs.Find(token) is { SessionToken: null } run)
        {
            return run;
        }

        throw await guesses.CountAsync(peer.Source, cancellationToken).ConfigureAwait(false)
            ? ProxyErrors.TooManyWrongTokens()
            : ProxyErrors.WrongToken();
    }

    /// <summary>The token in a <c>Proxy-Authorization</c> header: Basic (RFC 7617) with the user 'run', or Bearer (RFC 6750).</summary>
    public static string? TokenOf(string header)
    {
        if (header.Length > LongestHeader)
        {
            return null;
        }

        var space = header.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
        {
            return null;
        }

        var (scheme, value) = (header[..space], header[space..].Trim(' '));
        return scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? value
            : scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) ? PasswordOf(value)
            : null;
    }

    private static string? PasswordOf(string base64)
    {
        try
        {
            var pair = StrictUtf8.GetString(Convert.FromBase64String(base64));
            return pair.StartsWith($"{User}:", StringComparison.Ordinal) ? pair[(User.Length + 1)..] : null;
        }
        catch (Exception malformed) when (malformed is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
