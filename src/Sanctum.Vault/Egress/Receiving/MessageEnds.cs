using System.Net.Http;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// Knows where a message of a stream ends, in formats that are made of messages: event streams, lines of JSON, gRPC. What ends with a message is held back
/// no longer: whoever sent it may wait for a response before the next one.
/// </summary>
internal sealed class MessageEnds
{
    private readonly Kind _kind;

    // Of gRPC and its relatives; null for others.
    private readonly Envelopes? _envelopes;

    // Of lines: the last characters of the piece before.
    private byte _last;
    private byte _lastButOne;

    private MessageEnds(Kind kind, Envelopes? envelopes) => (_kind, _envelopes) = (kind, envelopes);

    private enum Kind
    {
        None,
        Events,
        Lines,
    }

    /// <summary>Those of a response's format.</summary>
    public static MessageEnds Of(HttpResponseMessage response) => new(KindOf(TypeOf(response)), Envelopes.Of(response));

    /// <summary>Those of a request's format.</summary>
    public static MessageEnds Of(IReadOnlyList<KeyValuePair<string, string>> sent) => new(KindOf(TypeOf(sent)), Envelopes.Of(sent));

    /// <summary>A response's media type, in lower case and without parameters; empty where it says none.</summary>
    public static string TypeOf(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? Read(types.ToString()) : "";

    /// <summary>A request's media type, in lower case and without parameters; empty where it says none.</summary>
    public static string TypeOf(IEnumerable<KeyValuePair<string, string>> sent) =>
        Read(sent.FirstOrDefault(header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value ?? "");

    /// <summary>Whether a message ends with this piece of the body, and not only within it.</summary>
    /// <exception cref="VaultException">A message in it is compressed, so that it can't be searched.</exception>
    public bool EndsWith(ReadOnlySpan<byte> piece)
    {
        if (_envelopes is not null)
        {
            return _envelopes.EndWith(piece);
        }

        foreach (var character in piece[^Math.Min(4, piece.Length)..])
        {
            // CR counts for nothing: an empty line is one whichever way lines end.
            if (character != (byte)'\r')
            {
                (_lastButOne, _last) = (_last, character);
            }
        }

        return _kind switch
        {
            Kind.Events => _last == (byte)'\n' && _lastButOne == (byte)'\n',
            Kind.Lines => _last == (byte)'\n',
            _ => false,
        };
    }

    private static string Read(string type) => type.Split(';')[0].Trim().ToLowerInvariant();

    private static Kind KindOf(string type) => type switch
    {
        "text/event-stream" => Kind.Events,
        "application/x-ndjson" or "application/ndjson" or "application/jsonl" or "application/json-seq" => Kind.Lines,
        _ => Kind.None,
    };
}
