namespace Sanctum.Storage.Sqlite.Files;

/// <summary>Small files of the vault's folder, replaced all at once: temporary file, sync, rename, directory sync.</summary>
internal static class DurableFile
{
    /// <summary>Writes a file. One that is there keeps its mode; a new one is the owner's alone.</summary>
    /// <exception cref="StoreException">It could not; what was there is there still.</exception>
    public static void Write(VaultFolder folder, string name, ReadOnlySpan<byte> content)
    {
        var (path, temporary) = (folder[name], folder[name + ".tmp"]);
        try
        {
            File.Delete(temporary);
            using (var file = new FileStream(temporary, VaultFolder.Born(FileMode.CreateNew)))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            if (!OperatingSystem.IsWindows() && File.Exists(path))
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.From(error, name);
        }

        folder.Sync();
    }

    /// <summary>Removes a file for good.</summary>
    /// <exception cref="StoreException">It could not.</exception>
    public static void Remove(VaultFolder folder, string name)
    {
        try
        {
            File.Delete(folder[name]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.From(error, name);
        }

        folder.Sync();
    }
}
