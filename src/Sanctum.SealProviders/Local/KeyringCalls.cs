using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sanctum.SealProviders.Local;

/// <summary>The system calls of keyrings(7). The C library has no functions for them.</summary>
internal static partial class KeyringCalls
{
    public const int UserKeyring = -4, SessionKeyring = -3;
    public const int NoSuchKey = 126, Expired = 127, Revoked = 128, AccessDenied = 13, QuotaExceeded = 122, NotImplemented = 38;

    private const string KeyType = "user";
    private const int SetPermissions = 5, Link = 8, Unlink = 9, Search = 10, Read = 11;
    private const int ThreadKeyring = -1;

    // All for whoever possesses it, and to view, read and search for the same user: a service's own session keyring does not lead to the user's.
    private const uint Permissions = 0x3f0b0000;

    /// <summary>Adds a key, or updates the one of that description.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static unsafe void Add(string description, ReadOnlySpan<byte> payload, int keyring)
    {
        fixed (byte* bytes = payload)
        fixed (byte* type = Text(KeyType), name = Text(description))
        {
            if (keyring == UserKeyring)
            {
                // A session keyring need not lead to the user's, and then a key there is nobody's to set up. This thread's own does.
                Checked(Call(Control, Link, UserKeyring, ThreadKeyring, 0, 0));
            }

            var id = Checked(Call(AddKey, (nint)type, (nint)name, (nint)bytes, payload.Length, keyring));
            Checked(Call(Control, SetPermissions, id, (nint)Permissions, 0, 0));
        }
    }

    /// <summary>Which key has that description.</summary>
    /// <exception cref="Win32Exception">There is none, or the kernel refused.</exception>
    public static unsafe nint Find(string description, int keyring)
    {
        fixed (byte* type = Text(KeyType), name = Text(description))
        {
            return Checked(Call(Control, Search, keyring, (nint)type, (nint)name, 0));
        }
    }

    /// <summary>Copies a key's content; returns its whole length, which can be more.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static unsafe int ReadInto(nint id, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            return (int)Checked(Call(Control, Read, id, (nint)bytes, buffer.Length, 0));
        }
    }

    /// <summary>Takes a key out of a keyring.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Remove(nint id, int keyring) => Checked(Call(Control, Unlink, id, keyring, 0, 0));

    // add_key(2) and keyctl(2), by the kernel's table of each processor.
    private static nint AddKey => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 248,
        Architecture.Arm64 => 217,
        _ => throw new PlatformNotSupportedException("the kernel's keyring is used on x64 and arm64 only"),
    };

    private static nint Control => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 250 : 219;

    private static byte[] Text(string text) => System.Text.Encoding.ASCII.GetBytes(text + '\0');

    private static nint Checked(nint result) => result < 0 ? throw new Win32Exception(Marshal.GetLastPInvokeError()) : result;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint first, nint second, nint third, nint fourth, nint fifth);
}
