"""Connections, remote recordings, people of a directory, deals"""

import sqlalchemy as sa
from alembic import op
from qaapp.store.schema import BigId, UtcDateTime


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('connections',
    sa.Column('source_id', BigId, nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('every_minutes', sa.Integer(), nullable=False),
    sa.Column('time_zone', sa.String(length=60), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=True),
    sa.Column('reread_days', sa.Integer(), nullable=False),
    sa.Column('on_demand', sa.Boolean(), nullable=False),
    sa.Column('keep_months', sa.Integer(), nullable=True),
    sa.Column('quota_mb', sa.Integer(), nullable=True),
    sa.Column('main_manager', sa.String(length=12), nullable=False),
    sa.Column('cursor', sa.JSON(), nullable=False),
    sa.Column('synced_until', UtcDateTime(), nullable=True),
    sa.Column('last_started_at', UtcDateTime(), nullable=True),
    sa.Column('last_ok_at', UtcDateTime(), nullable=True),
    sa.Column('last_error', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_connections_source_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('source_id', name=op.f('pk_connections'))
    )
    op.create_table('pull_runs',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('source_id', BigId, nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('error', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_pull_runs_source_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pull_runs'))
    )
    op.create_index('ix_pull_runs_source_id_started_at', 'pull_runs', ['source_id', 'started_at'], unique=False)
    op.create_table('directory_entries',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('source_id', BigId, nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('external_id', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('extension', sa.String(length=40), nullable=True),
    sa.Column('group_name', sa.String(length=200), nullable=True),
    sa.Column('manager_id', BigId, nullable=True),
    sa.Column('valid_from', UtcDateTime(), nullable=False),
    sa.Column('valid_to', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['manager_id'], ['managers.id'], name=op.f('fk_directory_entries_manager_id')),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_directory_entries_source_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directory_entries'))
    )
    op.create_index('ix_directory_entries_source_id_kind_external_id', 'directory_entries', ['source_id', 'kind', 'external_id'], unique=False)
    op.create_table('deals',
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('external_id', sa.String(length=100), nullable=True),
    sa.Column('stage', sa.String(length=200), nullable=True),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.Column('amount', sa.String(length=40), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('responsible', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_deals_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_deals'))
    )
    op.create_table('participants',
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=200), nullable=True),
    sa.Column('name', sa.String(length=300), nullable=True),
    sa.Column('extension', sa.String(length=40), nullable=True),
    sa.Column('group_name', sa.String(length=200), nullable=True),
    sa.Column('role', sa.String(length=12), nullable=False),
    sa.Column('answered', sa.Boolean(), nullable=True),
    sa.Column('talk_s', sa.Integer(), nullable=True),
    sa.Column('manager_id', BigId, nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_participants_call_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['manager_id'], ['managers.id'], name=op.f('fk_participants_manager_id')),
    sa.PrimaryKeyConstraint('call_id', 'position', name=op.f('pk_participants'))
    )
    op.create_table('remote_recordings',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('source_id', BigId, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('external_id', sa.String(length=400), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('lane', sa.String(length=10), nullable=True),
    sa.Column('manager_channel', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try_at', UtcDateTime(), nullable=True),
    sa.Column('give_up_at', UtcDateTime(), nullable=True),
    sa.Column('error', sa.JSON(), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=True),
    sa.Column('recording_id', BigId, nullable=True),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_remote_recordings_call_id')),
    sa.ForeignKeyConstraint(['recording_id'], ['recordings.id'], name=op.f('fk_remote_recordings_recording_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_remote_recordings_source_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remote_recordings')),
    sa.UniqueConstraint('source_id', 'call_id', 'external_id', name=op.f('uq_remote_recordings_source_id_call_id_external_id'))
    )
    op.create_index(op.f('ix_remote_recordings_call_id'), 'remote_recordings', ['call_id'], unique=False)
    op.create_index(op.f('ix_remote_recordings_recording_id'), 'remote_recordings', ['recording_id'], unique=False)
    op.create_index(op.f('ix_remote_recordings_sha256'), 'remote_recordings', ['sha256'], unique=False)
    op.create_index('ix_remote_recordings_source_id_state_next_try_at', 'remote_recordings', ['source_id', 'state', 'next_try_at'], unique=False)
    op.create_index('ix_remote_recordings_source_id_external_id', 'remote_recordings', ['source_id', 'external_id'], unique=False)
    op.add_column('calls', sa.Column('hold_s', sa.Integer(), nullable=True))
    op.add_column('calls', sa.Column('end_kind', sa.String(length=20), nullable=True))
    op.create_index(
        'ix_calls_end_kind_started_at', 'calls', ['end_kind', 'started_at'], unique=False,
        sqlite_where=sa.text('end_kind IS NOT NULL'), postgresql_where=sa.text('end_kind IS NOT NULL'),
    )
    op.create_index('ix_deals_outcome', 'deals', ['outcome'], unique=False)
    op.create_index('ix_deals_stage', 'deals', ['stage'], unique=False)
    op.add_column('calls', sa.Column('transferred', sa.Boolean(), nullable=True))
    op.add_column('legs', sa.Column('end_kind', sa.String(length=20), nullable=True))
    op.add_column('legs', sa.Column('is_supervisor', sa.Boolean(), server_default=sa.text('false'), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
