namespace Sanctum.Egress.Aws;

/// <summary>A request as it will be sent, to be signed. What is sent differently afterwards is refused by the service.</summary>
internal sealed record AwsRequest
{
    /// <summary>In capitals.</summary>
    public required string Method { get; init; }

    /// <summary>What stands in the <c>Host</c> header: with a port where it is not the scheme's own.</summary>
    public required string Host { get; init; }

    /// <summary>From the first slash on, still escaped.</summary>
    public required string Path { get; init; }

    /// <summary>Still escaped, with its question mark; empty when there is none.</summary>
    public string Query { get; init; } = "";

    /// <summary>The headers to sign, all of which must be sent as they are here: without <c>Host</c> and those that
    /// <see cref="AwsSignature.Headers"/> adds. A name may be there more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
