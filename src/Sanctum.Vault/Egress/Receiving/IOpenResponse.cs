namespace Sanctum.Egress.Receiving;

/// <summary>A response whose head is there and searched, and the rest of which is still to come.</summary>
internal interface IOpenResponse : IDisposable
{
    /// <summary>The status code, such as 200.</summary>
    int Status { get; }

    /// <summary>The headers in their order.</summary>
    IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>What came after the body; there once all of it has been read.</summary>
    IReadOnlyList<KeyValuePair<string, string>> Trailers { get; }

    /// <summary>Whether no body can follow.</summary>
    bool IsWithoutBody { get; }

    /// <summary>Whether all of it has been read.</summary>
    bool HasEnded { get; }

    /// <summary>How many bytes have come after the head, decoded.</summary>
    long Received { get; }

    /// <summary>How often the secret was found and taken out.</summary>
    int Found { get; }

    /// <summary>How much of that was in the head.</summary>
    int FoundInHead { get; }
}
