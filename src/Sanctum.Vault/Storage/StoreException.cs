namespace Sanctum.Storage;

/// <summary>A store could not read or write.</summary>
/// <param name="reason">Which kind of failure.</param>
/// <param name="message">What went wrong, without host paths or SQL.</param>
/// <param name="inner">The cause.</param>
public sealed class StoreException(StoreFailure reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Which kind of failure.</summary>
    public StoreFailure Reason { get; } = reason;
}

/// <summary>The kinds of failure that a vault tells apart.</summary>
public enum StoreFailure
{
    /// <summary>Input or output failed.</summary>
    Unavailable,

    /// <summary>The disk is full.</summary>
    Full,

    /// <summary>What is there is damaged.</summary>
    Damaged,

    /// <summary>What is there was written by a later version.</summary>
    NewerVersion,

    /// <summary>There is nothing there.</summary>
    Missing,

    /// <summary>There is something already.</summary>
    Exists,

    /// <summary>Another process has it open.</summary>
    InUse,

    /// <summary>Files or folders are open to others, or are not what they seem.</summary>
    Unsafe,

    /// <summary>Somebody else has committed meanwhile, and nothing was written. See <see cref="ISharedVaultStore"/>.</summary>
    Conflict,

    /// <summary>What is there was written by an earlier version, and has to be upgraded first.</summary>
    OlderVersion,

    /// <summary>The vault was moved to another store, or is being moved into this one: nothing opens it here.</summary>
    Moved,
}
