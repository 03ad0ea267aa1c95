namespace Sanctum.Policies;

/// <summary>The time at which something is decided, on both clocks that policies are read by.</summary>
/// <param name="Local">The system's time, in the vault's time zone: its own offset is the one that time windows are read in.</param>
/// <param name="Counted">The vault's own time, which never goes back. Policies expire by it, and hourly limits are counted by it.</param>
internal readonly record struct Moment(DateTimeOffset Local, DateTimeOffset Counted);
