using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Sanctum.Crypto;

namespace Sanctum.Audit;

/// <summary>An entry of the log that was noted elsewhere. As long as the log only grows, this entry keeps its number and its MAC.</summary>
/// <param name="Entries">The entry's number, from 1; the log's length when it was noted as the last one.</param>
/// <param name="Mac">The entry's MAC, 64 lower-case hex digits.</param>
public sealed record AuditCheckpoint(long Entries, string Mac)
{
    /// <summary>Reads <c>N:HEX</c>, the form that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AuditCheckpoint? checkpoint)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var mac = text[(colon + 1)..].ToLowerInvariant();
        checkpoint = colon > 0
            && long.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var entries) && entries > 0
            && mac.Length == 2 * MacKey.Size && mac.All(char.IsAsciiHexDigitLower)
                ? new AuditCheckpoint(entries, mac)
                : null;
        return checkpoint is not null;
    }

    /// <summary>The form <c>N:HEX</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Entries}:{Mac}");
}
