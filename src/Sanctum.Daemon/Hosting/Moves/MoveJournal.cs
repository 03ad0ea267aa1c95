using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting.Moves;

/// <summary>
/// What a move has left to do: the file <c>vault.move</c>, from right before the vault changes its place until all is done. Whoever opens the folder goes by it first.
/// A vault that leaves the folder has left once the file is there; one that leaves a database has left once that is marked.
/// </summary>
internal sealed record MoveJournal
{
    public const string Name = "vault.move";

    private const int Longest = 64 * 1024;

    /// <summary>Which move.</summary>
    public required Guid Move { get; init; }

    /// <summary>Which vault.</summary>
    public required Guid Vault { get; init; }

    /// <summary>When, to the second: names of files say it too.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether it goes to the database; otherwise from there to the folder.</summary>
    public required bool ToDatabase { get; init; }

    /// <summary>The database, and the file with its password.</summary>
    public required StoreConfig Store { get; init; }

    /// <summary>How many entries the log of the copy has.</summary>
    public required long Entries { get; init; }

    /// <summary>The last one's MAC, 64 hex digits.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>What a folder has; null where no move is under way.</summary>
    /// <exception cref="OperatorException">It can't be used.</exception>
    public static MoveJournal? TryRead(string directory)
    {
        try
        {
            return FoundFile.TryRead(Path.Join(directory, Name), Name, FileTrust.VaultsOwn, Longest) is { } json
                ? JsonSerializer.Deserialize(json, MoveJournalJson.Default.MoveJournal) is { Store.Postgres: not null } move ? move : throw Unusable(null)
                : null;
        }
        catch (UntrustedFileException untrusted)
        {
            throw new OperatorException(OperatorErrors.InvalidConfig, untrusted.Message, untrusted.Remedy, untrusted);
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(unreadable);
        }
    }

    /// <summary>Writes it, durably.</summary>
    public void Write(VaultFolder folder) => DurableFile.Write(folder, Name, JsonSerializer.SerializeToUtf8Bytes(this, MoveJournalJson.Default.MoveJournal));

    /// <summary>Nothing is left to do.</summary>
    public static void Remove(VaultFolder folder) => DurableFile.Remove(folder, Name);

    private static OperatorException Unusable(Exception? inner) =>
        new(OperatorErrors.InvalidConfig, $"{Name} in the vault's folder can't be read: it says what an interrupted 'sanctum vault move' has left to do", "see 'sanctum docs scale-out'", inner);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MoveJournal))]
internal sealed partial class MoveJournalJson : JsonSerializerContext;
