namespace Sanctum.Storage.Sqlite.Files;

/// <summary>What a file that somebody else made has to be before it is read. Every one has to be a regular file.</summary>
internal enum FileTrust
{
    /// <summary>Anybody's: what is in it proves itself, as a backup does.</summary>
    Content,

    /// <summary>Of root or this user, and not writable by others. A link to such a file will do.</summary>
    Given,

    /// <summary>The same, and not readable by all users. The group may read it: systemd shows its access lists as the group's mode.</summary>
    Secret,

    /// <summary>As <see cref="Given"/>, and no link: it lies in the vault's folder, which holds the vault's own files.</summary>
    VaultsOwn,
}
