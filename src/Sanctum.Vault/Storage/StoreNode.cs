namespace Sanctum.Storage;

/// <summary>A daemon that has a vault open, as it says itself. Whoever operates the store can write anything here: it is for people to look at, and nothing is decided by it.</summary>
/// <param name="Name">What it is called; at most 100 bytes.</param>
/// <param name="Version">Its version.</param>
/// <param name="State">How it is: <c>unsealed</c>, <c>sealed</c> or <c>stopping</c>.</param>
/// <param name="Position">How many entries of the log it knows; null while it is sealed.</param>
/// <param name="Started">When it started, by its clock.</param>
public sealed record StoreNode(string Name, string Version, string State, long? Position, DateTimeOffset Started)
{
    /// <summary>When it was heard last, by the store's clock.</summary>
    public DateTimeOffset Seen { get; init; }

    /// <summary>How long ago that is, by the store's clock.</summary>
    public TimeSpan Silence { get; init; }
}
