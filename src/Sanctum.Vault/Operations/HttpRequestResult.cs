using System.Text.Json;
using System.Text.Unicode;
using Sanctum.Egress.Receiving;

namespace Sanctum.Operations;

/// <summary>A service's response, with the secret taken out.</summary>
public sealed record HttpRequestResult : OperationResult
{
    private const int MaxBytesPerByte = 6;

    private readonly ResponseBuffer _body;

    internal HttpRequestResult(ReceivedResponse received)
    {
        (Status, Headers, Trailers, _body) = (received.Status, received.Headers, received.Trailers, received.Body);
        IsText = Utf8.IsValid(Body.Span);
    }

    /// <summary>The status code, such as 200.</summary>
    public int Status { get; }

    /// <summary>Headers by lower-case name; what was there several times is joined by commas. Not those about the connection, the
    /// body's coding (it is decoded) or cookies.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>What came after the body; mostly nothing.</summary>
    public IReadOnlyDictionary<string, string> Trailers { get; }

    /// <summary>The body, decoded; wiped when this is disposed.</summary>
    public ReadOnlyMemory<byte> Body => _body.Written;

    /// <summary>Whether the body is UTF-8, and so is written as text.</summary>
    public bool IsText { get; }

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteNumber("status"u8, Status);
        Write(writer, "headers", Headers);
        if (Trailers.Count > 0)
        {
            Write(writer, "trailers", Trailers);
        }

        if (IsText)
        {
            writer.WriteString("body"u8, Body.Span);
        }
        else
        {
            writer.WriteBase64String("body_base64"u8, Body.Span);
        }

        writer.WriteEndObject();
    }

    /// <summary>Wipes the body.</summary>
    public override void Dispose() => _body.Dispose();

    /// <summary>Says how it went, never the content.</summary>
    public override string ToString() => $"{nameof(HttpRequestResult)} {Status}, {_body.Length} bytes";

    internal void RequireFits(int maxBytes)
    {
        var headers = Headers.Concat(Trailers).Sum(header => (long)header.Key.Length + header.Value.Length);
        if ((headers + Body.Length) * MaxBytesPerByte + AroundMembers > maxBytes && ResultSize.Measure(this) > maxBytes)
        {
            throw Errors.ResponseTooLarge(maxBytes);
        }
    }

    private long AroundMembers => 256 + (8 * (Headers.Count + Trailers.Count));

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> headers)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in headers)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }
}
