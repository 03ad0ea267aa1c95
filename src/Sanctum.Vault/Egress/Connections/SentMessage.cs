using System.Net.Http;
using System.Text;

namespace Sanctum.Egress.Connections;

/// <summary>
/// A request as .NET's client sends it. The client sends some requests again by itself, as often as four times, and tells nobody; this one
/// can be written once, and then it is said that it was to be written again.
/// </summary>
internal sealed class SentMessage(HttpMethod method, Uri address) : HttpRequestMessage(method, address)
{
    // Every request has one.
    private const string CountedHeader = "User-Agent";

    /// <summary>Whether it has a body, of one byte at least.</summary>
    public required bool HasBody { get; init; }

    /// <summary>Whether its head has been written, or was about to be.</summary>
    public bool IsWritten { get; private set; }

    /// <summary>To be called by the client for each header that it writes: there is no other place where it can be seen to begin anew.</summary>
    /// <returns>No encoding but the client's own.</returns>
    /// <exception cref="WrittenAgainException">It has been written before.</exception>
    public static Encoding? OnWriting(string header, HttpRequestMessage message)
    {
        if (message is SentMessage sent && header.Equals(CountedHeader, StringComparison.OrdinalIgnoreCase))
        {
            sent.IsWritten = sent.IsWritten ? throw new WrittenAgainException() : true;
        }

        return null;
    }
}

/// <summary>.NET's client was about to send a request again.</summary>
internal sealed class WrittenAgainException() : Exception("the request was to be sent again");
