using System.Globalization;
using System.Net.Http;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// Refuses answers whose ends can't be trusted, or that .NET's client takes for something else than they say: it does not undo other
/// transfer codings than chunked, and takes a length that is no number for none.
/// </summary>
internal static class Framing
{
    /// <exception cref="VaultException">It is a part of something, or framed in a way that can't be searched; upstream failed.</exception>
    public static void Demand(HttpResponseMessage response)
    {
        // Half of an echo has half of the secret in it, which nothing finds; a connection that changes its protocol is no answer.
        if ((int)response.StatusCode is 206 or 101 || response.Content.Headers.NonValidated.Contains("Content-Range"))
        {
            throw Errors.UpstreamFailed(
                "the service answered with a part of something, or by changing the protocol, which can't be searched for the secret",
                "ask for the whole of it");
        }

        // Once, and in so many letters: chunks that are left in the body, because they were within others or were called something that is
        // chunked to some readers only, cut a secret to pieces.
        if (response.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings)
            && !(codings.Count == 1 && codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase)))
        {
            throw ContentDecoding.Undecodable();
        }

        // RFC 9112, section 6.3: several lengths, or one beside chunks, are how one answer is taken for another.
        if (response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths)
            && (codings.Count > 0 || lengths.Distinct().Count() > 1 || !lengths.All(length => long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out _))))
        {
            throw Errors.UpstreamFailed("the service's answer has a length that is none", "try again; if it goes on, the service is at fault");
        }
    }
}
