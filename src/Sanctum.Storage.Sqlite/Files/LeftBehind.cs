namespace Sanctum.Storage.Sqlite.Files;

/// <summary>The files of a vault that was moved elsewhere. They stay, under names that nothing opens: <c>vault.db.moved-20261127T041500Z</c>.</summary>
internal static class LeftBehind
{
    private const string Mark = ".moved-";

    /// <summary>What the files of a move at this time are called in the end.</summary>
    public static string SuffixOf(DateTimeOffset at) => Mark + at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether a vault was moved away from this folder.</summary>
    public static bool IsIn(string directory) => Names(directory, Mark).Length > 0;

    /// <summary>The files that a move left, by name.</summary>
    public static string[] Names(string directory, string suffix) => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory, $"vault.*{suffix}*").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Renames what is there of a vault; the key document first, because nothing opens without it. Goes on where an earlier try was interrupted.</summary>
    /// <exception cref="StoreException">It could not.</exception>
    public static void Rename(VaultFolder folder, string suffix)
    {
        try
        {
            foreach (var name in folder.DatabaseFiles.Prepend(VaultFolder.KeyDocumentName).Where(name => File.Exists(folder[name])).ToArray())
            {
                File.Move(folder[name], folder[name + suffix]);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.From(error, "the vault's folder");
        }

        folder.Sync();
    }
}
