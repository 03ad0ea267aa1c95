using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Sanctum.Client.Connections;

namespace Sanctum.Client.Keys;

/// <summary>Key files as bytes: hex digits; white space around them, and a byte order mark before them, are ignored. Their content never becomes a <see cref="string"/>.</summary>
internal static class KeyFile
{
    private const int Longest = 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="AuthException">It can't be read, or holds neither a seed nor a protected one.</exception>
    public static SecretContent Read(string path)
    {
        var text = GC.AllocateArray<byte>(Longest, pinned: true);
        try
        {
            using var file = Open(path);
            var length = 0;
            while (length < text.Length && RandomAccess.Read(file, text.AsSpan(length), length) is > 0 and var read)
            {
                length += read;
            }

            var content = text.AsSpan(0, length);
            return Decode(path, content[(content.StartsWith("\uFEFF"u8) ? "\uFEFF"u8.Length : 0)..].Trim(" \t\r\n\v\f"u8));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Errors.KeyFile(path, "does not exist", "register the agent with 'sanctum agent register', or name its key file (KeyPath, --key)", missing);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Errors.KeyFile(path, "can't be read", "check that this user may read it", unreadable);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    // A named pipe would keep the caller until somebody writes to it, and a device can do worse.
    private static SafeFileHandle Open(string path)
    {
        if (OperatingSystem.IsLinux() && FileOwnership.Of(path) is { IsPlainFile: false })
        {
            throw Errors.KeyFile(path, "is not a regular file", "name the key file that 'sanctum agent register' wrote");
        }

        return File.OpenHandle(path);
    }

    /// <summary>Whether somebody besides the owner may read or write it. On Windows, where modes mean nothing, false.</summary>
    public static bool IsLoose(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0;

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(HomeDirectory.Expand(path));
        MakeDirectory(Path.GetDirectoryName(path)!);

        var text = GC.AllocateUninitializedArray<byte>(content.Length * 2 + 1, pinned: true);
        try
        {
            Convert.TryToHexStringLower(content, text, out _);
            text[^1] = (byte)'\n';
            Create(path, text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static void Create(string path, ReadOnlySpan<byte> text)
    {
        // O_CREAT | O_EXCL: neither a file nor a link that is already there is followed or replaced, and the mode is there from the start.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(path, options);
        try
        {
            file.Write(text);
            file.Flush(flushToDisk: true);
            FolderSync.Of(path);
        }
        catch
        {
            // Half a key is no key, and would stand in the way of the next attempt.
            File.Delete(path);
            throw;
        }
    }

    // One level at a time: .NET gives the mode to the last one only, and the default to those it makes on the way.
    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        if (!Directory.Exists(path))
        {
            MakeDirectory(Path.GetDirectoryName(path)!);
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            FolderSync.Of(path);
        }
    }

    private static SecretContent Decode(string path, ReadOnlySpan<byte> digits)
    {
        var content = new SecretContent(digits.Length / 2);
        if (content.Bytes.Length is AgentKey.SeedSize or ProtectedSeed.Size
            && Convert.FromHexString(digits, content.Bytes, out _, out _) == OperationStatus.Done)
        {
            return content;
        }

        content.Dispose();
        throw Errors.KeyFile(path, "holds neither 64 hex digits (a plain key) nor 176 (a protected one)");
    }
}
