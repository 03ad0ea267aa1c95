namespace Sanctum.Egress;

/// <summary>How far a request has come, for whoever tells why it went no further.</summary>
internal sealed class RequestProgress
{
    /// <summary>How often it was sent; null while nobody has tried.</summary>
    public int? Sends { get; set; }

    /// <summary>The status of the response; null while there is none.</summary>
    public int? Status { get; set; }

    /// <summary>How many bytes of a response have come that is taken in whole; null where it is compressed.</summary>
    public long? Received { get; set; }

    /// <summary>How often the secret was found and taken out of it.</summary>
    public int Found { get; set; }
}
