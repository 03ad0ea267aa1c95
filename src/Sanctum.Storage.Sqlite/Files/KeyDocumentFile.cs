using System.ComponentModel;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>The key document, replaced all at once: temporary file, sync, rename, directory sync.</summary>
internal sealed class KeyDocumentFile(VaultFolder folder)
{
    public const string TemporaryName = VaultFolder.KeyDocumentName + ".tmp";

    // A key document has a few hundred bytes. A longer file is none, and is not read into memory to find out.
    private const int Longest = 64 * 1024;

    private readonly Lock _replacing = new();
    private readonly byte[] _path = OpenFiles.PathOf(folder, VaultFolder.KeyDocumentName);

    // What the vault knows to be its key document, and the file that was last seen to hold it.
    private byte[]? _known;
    private FileIdentity? _seen;

    /// <summary>The key document, or null when there is none.</summary>
    public byte[]? Read()
    {
        lock (_replacing)
        {
            (_seen, _known) = (null, ReadFile());
            return (byte[]?)_known?.Clone();
        }
    }

    /// <summary>Checks that what was read or written last can still be found: without its key document, nobody opens a vault.</summary>
    /// <exception cref="StoreException">It was removed, or holds something else.</exception>
    public void RequireInPlace()
    {
        if (_known is null || !OperatingSystem.IsLinux())
        {
            return; // The vault is still being made.
        }

        lock (_replacing)
        {
            var now = Io(() => OperatingSystem.IsWindows() ? null : Posix.Identify(_path, withTimes: true));
            if (now is not { IsPlain: true })
            {
                throw StoreErrors.Gone(VaultFolder.KeyDocumentName);
            }

            // A chmod or a backup program's link changes the file too. What counts is what it says.
            if (now != _seen && !_known.AsSpan().SequenceEqual(ReadFile()))
            {
                throw StoreErrors.Gone(VaultFolder.KeyDocumentName);
            }

            _seen = now;
        }
    }

    private byte[]? ReadFile() => Io(() =>
    {
        try
        {
            using var file = new FileStream(folder[VaultFolder.KeyDocumentName], FileMode.Open, FileAccess.Read);
            if (file.Length is 0 or > Longest)
            {
                throw StoreErrors.HalfMade(VaultFolder.KeyDocumentName + "'s content");
            }

            var keyDocument = new byte[file.Length];
            file.ReadExactly(keyDocument);
            return keyDocument;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    });

    public void Write(ReadOnlyMemory<byte> keyDocument)
    {
        if (keyDocument.Length is 0 or > Longest)
        {
            throw new ArgumentException($"A key document has 1 to {Longest} bytes.", nameof(keyDocument));
        }

        lock (_replacing)
        {
            Io(() =>
            {
                RemoveTemporary();
                using (var file = new FileStream(folder[TemporaryName], VaultFolder.Born(FileMode.CreateNew)))
                {
                    file.Write(keyDocument.Span);
                    file.Flush(flushToDisk: true);
                }

                // From here on, which of the two it is shows only when it is read.
                (_seen, _known) = (null, null);
                File.Move(folder[TemporaryName], folder[VaultFolder.KeyDocumentName], overwrite: true);
                folder.Sync();
                _known = keyDocument.ToArray();
                folder.Finish();
                return true;
            });
        }
    }

    /// <summary>Clears away what an interrupted replacement left: it may hold the root key under a passphrase that was given up.</summary>
    public void RemoveTemporary() => File.Delete(folder[TemporaryName]);

    private static T Io<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw StoreErrors.From(error, VaultFolder.KeyDocumentName);
        }
    }
}
