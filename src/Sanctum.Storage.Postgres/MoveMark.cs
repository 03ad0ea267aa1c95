using System.Globalization;

namespace Sanctum.Storage.Postgres;

/// <summary>What a schema's comment says of a move, in place of the plain version: programs that know of no moves take such a schema for somebody else's.</summary>
/// <remarks>
/// <code>
/// sanctum vault, arriving MOVE of VAULT, version 3        whole and verified, but it opens elsewhere until that vault is marked
/// sanctum vault, moved MOVE at TIME to NAME, version 3    left behind
/// </code>
/// </remarks>
/// <param name="Move">Which move.</param>
/// <param name="Vault">The vault that arrives; null where it has left.</param>
/// <param name="At">When it left, as it is written there.</param>
/// <param name="To">Where it went: the name of a daemon.</param>
/// <param name="Version">The tables' version.</param>
internal sealed record MoveMark(Guid Move, Guid? Vault, string At, string To, int Version)
{
    private const string Start = "sanctum vault, ", Arriving = "arriving", Moved = "moved", BeforeVersion = ", version ";
    private const int LongestName = 100;

    /// <summary>Reads a comment.</summary>
    /// <returns>Null where it says nothing of a move.</returns>
    public static MoveMark? TryRead(string comment)
    {
        if (!comment.StartsWith(Start, StringComparison.Ordinal) || comment.LastIndexOf(BeforeVersion, StringComparison.Ordinal) is var end && end < Start.Length)
        {
            return null;
        }

        var words = comment[Start.Length..end].Split(' ');
        return !int.TryParse(comment.AsSpan(end + BeforeVersion.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? null
            : words switch
            {
                [Arriving, var move, "of", var vault] when Guid.TryParseExact(move, "D", out var number) && Guid.TryParseExact(vault, "D", out var id) => new MoveMark(number, id, "", "", version),
                [Moved, var move, "at", var at, "to", var to] when Guid.TryParseExact(move, "D", out var number) => new MoveMark(number, null, Clean(at), Clean(to), version),
                _ => null,
            };
    }

    /// <summary>A vault's that was left behind here.</summary>
    public static MoveMark Left(Guid move, DateTimeOffset at, string to, int version) =>
        new(move, null, at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), Clean(to), version);

    /// <summary>Refuses to open it.</summary>
    public StoreException Refusal(string schema) => Vault is null ? StoreErrors.Moved(schema, At, To) : StoreErrors.Arriving(schema);

    /// <summary>The comment.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start}{(Vault is { } vault ? $"{Arriving} {Move} of {vault}" : $"{Moved} {Move} at {At} to {To}")}{BeforeVersion}{Version}");

    // Whoever operates the database can write anything there.
    private static string Clean(string text) =>
        new([.. text.Where(static sign => char.IsAsciiLetterOrDigit(sign) || sign is '.' or '-' or '_' or ':').Take(LongestName)]);
}
