using System.ComponentModel;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>
/// Holds a vault's folder for this process. The system keeps the lock with the open file, so it ends with the process, however
/// that ends. The file stays: removing it would let two processes lock two files of one name.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const int WouldBlockOnLinux = 11, WouldBlockOnMac = 35, SharingViolation = unchecked((int)0x80070020);

    private readonly FileStream _file;
    private bool _signed;

    private FolderLock(FileStream file) => _file = file;

    public static FolderLock Take(VaultFolder folder)
    {
        var path = folder[VaultFolder.LockName];
        FileStream file;
        try
        {
            file = new FileStream(path, VaultFolder.Born(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException error) when (error.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolation)
        {
            throw StoreErrors.Held(ReadHolder(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.From(error, VaultFolder.LockName);
        }

        // .NET goes on without the lock where the file system has none, or where the environment says so; a vault can't.
        if (!OperatingSystem.IsWindows() && !Posix.TryLock(file.SafeFileHandle))
        {
            file.Dispose();
            throw StoreErrors.Unlockable();
        }

        return new FolderLock(file);
    }

    /// <summary>Leaves the process's id for whoever comes second. Only once the vault is open: a failed attempt changes nothing.</summary>
    public void Sign()
    {
        _signed = true;
        _file.SetLength(0);
        _file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
    }

    public void Dispose()
    {
        using (_file)
        {
            if (_signed)
            {
                _file.SetLength(0);
            }
        }
    }

    private static int? ReadHolder(string path)
    {
        Span<byte> text = stackalloc byte[16];
        try
        {
            using var handle = OperatingSystem.IsWindows() ? new SafeFileHandle() : Posix.OpenToRead(path);
            var length = handle.IsInvalid ? 0 : RandomAccess.Read(handle, text, 0);
            return int.TryParse(text[..length].TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var process) ? process : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return null; // The holder's id is a courtesy; that there is a holder is known.
        }
    }
}
