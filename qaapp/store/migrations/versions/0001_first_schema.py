"""The first schema"""

import sqlalchemy as sa
from alembic import op
from qaapp.store.schema import BigId, UtcDateTime


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('annotation_kinds',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('lane', sa.String(length=40), nullable=False),
    sa.Column('color', sa.String(length=20), nullable=False),
    sa.Column('shortcut', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_annotation_kinds')),
    sa.UniqueConstraint('code', name=op.f('uq_annotation_kinds_code'))
    )
    op.create_table('column_mappings',
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('signature', name=op.f('pk_column_mappings'))
    )
    op.create_table('groups',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groups')),
    sa.UniqueConstraint('name', name=op.f('uq_groups_name'))
    )
    op.create_table('outcomes',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('is_lost', sa.Boolean(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcomes')),
    sa.UniqueConstraint('name', name=op.f('uq_outcomes_name'))
    )
    op.create_table('recording_roots',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording_roots')),
    sa.UniqueConstraint('name', name=op.f('uq_recording_roots_name'))
    )
    op.create_table('saved_filters',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('filter', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filters')),
    sa.UniqueConstraint('name', name=op.f('uq_saved_filters_name'))
    )
    op.create_table('scorecards',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('call_type', sa.String(length=20), nullable=False),
    sa.Column('archived_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scorecards')),
    sa.UniqueConstraint('name', name=op.f('uq_scorecards_name'))
    )
    op.create_table('settings',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_settings'))
    )
    op.create_table('sources',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sources')),
    sa.UniqueConstraint('name', name=op.f('uq_sources_name'))
    )
    op.create_table('tags',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String(length=100), nullable=False),
    sa.Column('color', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tags')),
    sa.UniqueConstraint('name_key', name=op.f('uq_tags_name_key'))
    )
    op.create_table('users',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('name', name=op.f('uq_users_name'))
    )
    op.create_table('events',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('user_id', BigId, nullable=True),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.BigInteger(), nullable=True),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_events_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events'))
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_events_at'), ['at'], unique=False)

    op.create_table('managers',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_key', sa.String(length=200), nullable=False),
    sa.Column('group_id', BigId, nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_managers_group_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_managers')),
    sa.UniqueConstraint('name_key', name=op.f('uq_managers_name_key'))
    )
    with op.batch_alter_table('managers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_managers_group_id'), ['group_id'], unique=False)

    op.create_table('revisions',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('scorecard_id', BigId, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('green_above', sa.Integer(), nullable=True),
    sa.Column('red_below', sa.Integer(), nullable=True),
    sa.Column('author_id', BigId, nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('published_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_revisions_author_id')),
    sa.ForeignKeyConstraint(['scorecard_id'], ['scorecards.id'], name=op.f('fk_revisions_scorecard_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revisions')),
    sa.UniqueConstraint('scorecard_id', 'number', name=op.f('uq_revisions_scorecard_id_number'))
    )
    op.create_table('calls',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('source_id', BigId, nullable=False),
    sa.Column('external_id', sa.String(length=400), nullable=False),
    sa.Column('conversation_id', sa.String(length=400), nullable=True),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('direction', sa.String(length=12), nullable=False),
    sa.Column('disposition', sa.String(length=12), nullable=False),
    sa.Column('duration_s', sa.Integer(), nullable=True),
    sa.Column('wait_s', sa.Integer(), nullable=True),
    sa.Column('talk_s', sa.Integer(), nullable=True),
    sa.Column('talk_is_estimate', sa.Boolean(), nullable=False),
    sa.Column('customer_number', sa.String(length=40), nullable=True),
    sa.Column('customer_number_raw', sa.String(length=200), nullable=True),
    sa.Column('customer_name', sa.String(length=300), nullable=True),
    sa.Column('line_number', sa.String(length=40), nullable=True),
    sa.Column('extension', sa.String(length=40), nullable=True),
    sa.Column('manager_id', BigId, nullable=True),
    sa.Column('manager_origin', sa.String(length=12), nullable=True),
    sa.Column('group_name', sa.String(length=200), nullable=True),
    sa.Column('campaign', sa.String(length=200), nullable=True),
    sa.Column('end_side', sa.String(length=12), nullable=True),
    sa.Column('end_reason', sa.String(length=300), nullable=True),
    sa.Column('customer_rating', sa.Integer(), nullable=True),
    sa.Column('rating_scale', sa.Integer(), nullable=True),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('target', sa.String(length=12), nullable=True),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('recording_count', sa.Integer(), nullable=False),
    sa.Column('evaluation_count', sa.Integer(), nullable=False),
    sa.Column('score_num', sa.BigInteger(), nullable=True),
    sa.Column('score_den', sa.BigInteger(), nullable=True),
    sa.Column('score_sort', sa.Double(), nullable=True),
    sa.Column('critical_failed', sa.Integer(), nullable=False),
    sa.Column('band', sa.String(length=8), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('first_seen_at', UtcDateTime(), nullable=False),
    sa.Column('last_seen_at', UtcDateTime(), nullable=False),
    sa.Column('raw', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['manager_id'], ['managers.id'], name=op.f('fk_calls_manager_id')),
    sa.ForeignKeyConstraint(['source_id'], ['sources.id'], name=op.f('fk_calls_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls')),
    sa.UniqueConstraint('source_id', 'external_id', name=op.f('uq_calls_source_id_external_id'))
    )
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.create_index('ix_calls_band_started_at', ['band', 'started_at'], unique=False, sqlite_where=sa.text('band IS NOT NULL'), postgresql_where=sa.text('band IS NOT NULL'))
        batch_op.create_index('ix_calls_campaign_started_at', ['campaign', 'started_at'], unique=False, sqlite_where=sa.text('campaign IS NOT NULL'), postgresql_where=sa.text('campaign IS NOT NULL'))
        batch_op.create_index('ix_calls_customer_name_started_at', ['customer_name', 'started_at'], unique=False, sqlite_where=sa.text('customer_name IS NOT NULL'), postgresql_where=sa.text('customer_name IS NOT NULL'))
        batch_op.create_index('ix_calls_customer_number_started_at', ['customer_number', 'started_at'], unique=False, sqlite_where=sa.text('customer_number IS NOT NULL'), postgresql_where=sa.text('customer_number IS NOT NULL'))
        batch_op.create_index('ix_calls_customer_rating_started_at', ['customer_rating', 'started_at'], unique=False, sqlite_where=sa.text('customer_rating IS NOT NULL'), postgresql_where=sa.text('customer_rating IS NOT NULL'))
        batch_op.create_index('ix_calls_direction_started_at', ['direction', 'started_at'], unique=False)
        batch_op.create_index('ix_calls_disposition_started_at', ['disposition', 'started_at'], unique=False)
        batch_op.create_index('ix_calls_duration_s_started_at', ['duration_s', 'started_at'], unique=False)
        batch_op.create_index('ix_calls_end_reason_started_at', ['end_reason', 'started_at'], unique=False, sqlite_where=sa.text('end_reason IS NOT NULL'), postgresql_where=sa.text('end_reason IS NOT NULL'))
        batch_op.create_index('ix_calls_evaluation_count_started_at', ['evaluation_count', 'started_at', 'band'], unique=False, sqlite_where=sa.text('evaluation_count > 0'), postgresql_where=sa.text('evaluation_count > 0'))
        batch_op.create_index('ix_calls_extension_started_at', ['extension', 'started_at'], unique=False, sqlite_where=sa.text('extension IS NOT NULL'), postgresql_where=sa.text('extension IS NOT NULL'))
        batch_op.create_index('ix_calls_line_number_started_at', ['line_number', 'started_at'], unique=False, sqlite_where=sa.text('line_number IS NOT NULL'), postgresql_where=sa.text('line_number IS NOT NULL'))
        batch_op.create_index('ix_calls_manager_id_started_at', ['manager_id', 'started_at'], unique=False)
        batch_op.create_index('ix_calls_recording_count_started_at', ['recording_count', 'started_at'], unique=False, sqlite_where=sa.text('recording_count > 0'), postgresql_where=sa.text('recording_count > 0'))
        batch_op.create_index('ix_calls_score_sort_started_at', ['score_sort', 'started_at'], unique=False, sqlite_where=sa.text('score_sort IS NOT NULL'), postgresql_where=sa.text('score_sort IS NOT NULL'))
        batch_op.create_index('ix_calls_source_id_started_at', ['source_id', 'started_at'], unique=False)
        batch_op.create_index('ix_calls_started_at', ['started_at', 'id', 'direction', 'disposition', 'manager_id', 'source_id', 'line_number', 'talk_s', 'recording_count', 'evaluation_count', 'band', 'target', 'customer_rating', 'campaign', 'end_reason'], unique=False)
        batch_op.create_index('ix_calls_talk_s_started_at', ['talk_s', 'started_at'], unique=False)
        batch_op.create_index('ix_calls_target_started_at', ['target', 'started_at'], unique=False, sqlite_where=sa.text('target IS NOT NULL'), postgresql_where=sa.text('target IS NOT NULL'))
        batch_op.create_index('ix_calls_wait_s_started_at', ['wait_s', 'started_at'], unique=False)

    op.create_table('extensions',
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('manager_id', BigId, nullable=False),
    sa.ForeignKeyConstraint(['manager_id'], ['managers.id'], name=op.f('fk_extensions_manager_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_extensions'))
    )
    with op.batch_alter_table('extensions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_extensions_manager_id'), ['manager_id'], unique=False)

    op.create_table('sections',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('revision_id', BigId, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('script', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_sections_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sections'))
    )
    with op.batch_alter_table('sections', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sections_revision_id'), ['revision_id'], unique=False)

    op.create_table('archive_items',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('verdict', sa.String(length=6), nullable=False),
    sa.Column('stage', sa.String(length=200), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('should_have_said', sa.Text(), nullable=False),
    sa.Column('start_ms', sa.Integer(), nullable=True),
    sa.Column('end_ms', sa.Integer(), nullable=True),
    sa.Column('owner_id', BigId, nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('refreshed_at', UtcDateTime(), nullable=False),
    sa.Column('deleted_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_archive_items_call_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_archive_items_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archive_items'))
    )
    with op.batch_alter_table('archive_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_archive_items_call_id'), ['call_id'], unique=False)

    op.create_table('call_keys',
    sa.Column('key', sa.String(length=210), nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_keys_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key', 'call_id', name=op.f('pk_call_keys'))
    )
    with op.batch_alter_table('call_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_call_keys_call_id'), ['call_id'], unique=False)

    op.create_table('call_tags',
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('tag_id', BigId, nullable=False),
    sa.Column('author_id', BigId, nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_call_tags_author_id')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_tags_call_id')),
    sa.ForeignKeyConstraint(['tag_id'], ['tags.id'], name=op.f('fk_call_tags_tag_id')),
    sa.PrimaryKeyConstraint('call_id', 'tag_id', name=op.f('pk_call_tags'))
    )
    with op.batch_alter_table('call_tags', schema=None) as batch_op:
        batch_op.create_index('ix_call_tags_tag_id_call_id', ['tag_id', 'call_id'], unique=False)

    op.create_table('checkpoints',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('revision_id', BigId, nullable=False),
    sa.Column('section_id', BigId, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('text', sa.String(length=400), nullable=False),
    sa.Column('hint', sa.Text(), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.Column('critical', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_checkpoints_revision_id')),
    sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_checkpoints_section_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkpoints')),
    sa.UniqueConstraint('revision_id', 'code', name=op.f('uq_checkpoints_revision_id_code'))
    )
    with op.batch_alter_table('checkpoints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checkpoints_section_id'), ['section_id'], unique=False)

    op.create_table('legs',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('party', sa.String(length=300), nullable=True),
    sa.Column('manager_id', BigId, nullable=True),
    sa.Column('started_at', UtcDateTime(), nullable=True),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('talk_s', sa.Integer(), nullable=True),
    sa.Column('end_reason', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_legs_call_id')),
    sa.ForeignKeyConstraint(['manager_id'], ['managers.id'], name=op.f('fk_legs_manager_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legs')),
    sa.UniqueConstraint('call_id', 'position', name=op.f('uq_legs_call_id_position'))
    )
    op.create_table('listen_positions',
    sa.Column('user_id', BigId, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('position_ms', sa.Integer(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_listen_positions_call_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_listen_positions_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'call_id', name=op.f('pk_listen_positions'))
    )
    op.create_table('queue_items',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('manager_id', BigId, nullable=True),
    sa.Column('call_day', sa.Date(), nullable=False),
    sa.Column('origin', sa.String(length=12), nullable=False),
    sa.Column('stratum', sa.String(length=12), nullable=False),
    sa.Column('pool', sa.Integer(), nullable=False),
    sa.Column('seed', sa.BigInteger(), nullable=False),
    sa.Column('drawn_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reviewer_id', BigId, nullable=True),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('skip_reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_queue_items_call_id')),
    sa.ForeignKeyConstraint(['manager_id'], ['managers.id'], name=op.f('fk_queue_items_manager_id')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['users.id'], name=op.f('fk_queue_items_reviewer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_items')),
    sa.UniqueConstraint('call_id', name=op.f('uq_queue_items_call_id'))
    )
    with op.batch_alter_table('queue_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_queue_items_call_day'), ['call_day'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_items_manager_id'), ['manager_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_queue_items_state'), ['state'], unique=False)

    op.create_table('recordings',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('root_id', BigId, nullable=False),
    sa.Column('path', sa.String(length=1000), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('lane', sa.String(length=10), nullable=True),
    sa.Column('manager_channel', sa.Integer(), nullable=True),
    sa.Column('offset_ms', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('mtime_ms', sa.BigInteger(), nullable=False),
    sa.Column('duration_ms', sa.Integer(), nullable=True),
    sa.Column('channels', sa.Integer(), nullable=True),
    sa.Column('sample_rate', sa.Integer(), nullable=True),
    sa.Column('codec', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_recordings_call_id')),
    sa.ForeignKeyConstraint(['root_id'], ['recording_roots.id'], name=op.f('fk_recordings_root_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recordings')),
    sa.UniqueConstraint('root_id', 'path', name=op.f('uq_recordings_root_id_path'))
    )
    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recordings_call_id'), ['call_id'], unique=False)

    op.create_table('annotations',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('kind_id', BigId, nullable=False),
    sa.Column('start_ms', sa.Integer(), nullable=False),
    sa.Column('end_ms', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('should_have_said', sa.Text(), nullable=False),
    sa.Column('checkpoint_id', BigId, nullable=True),
    sa.Column('author_id', BigId, nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.Column('deleted_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_annotations_author_id')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_annotations_call_id')),
    sa.ForeignKeyConstraint(['checkpoint_id'], ['checkpoints.id'], name=op.f('fk_annotations_checkpoint_id')),
    sa.ForeignKeyConstraint(['kind_id'], ['annotation_kinds.id'], name=op.f('fk_annotations_kind_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_annotations'))
    )
    with op.batch_alter_table('annotations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_annotations_call_id'), ['call_id'], unique=False)
        batch_op.create_index('ix_annotations_kind_id_call_id', ['kind_id', 'call_id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))

    op.create_table('evaluations',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('revision_id', BigId, nullable=True),
    sa.Column('reviewer_id', BigId, nullable=False),
    sa.Column('origin', sa.String(length=12), nullable=False),
    sa.Column('queue_item_id', BigId, nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('previous_id', BigId, nullable=True),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('submitted_at', UtcDateTime(), nullable=True),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.Column('passed', sa.Integer(), nullable=False),
    sa.Column('applicable', sa.Integer(), nullable=False),
    sa.Column('critical_failed', sa.Integer(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('pluses', sa.Text(), nullable=False),
    sa.Column('minuses', sa.Text(), nullable=False),
    sa.Column('outcome_id', BigId, nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_evaluations_call_id')),
    sa.ForeignKeyConstraint(['outcome_id'], ['outcomes.id'], name=op.f('fk_evaluations_outcome_id')),
    sa.ForeignKeyConstraint(['previous_id'], ['evaluations.id'], name=op.f('fk_evaluations_previous_id')),
    sa.ForeignKeyConstraint(['queue_item_id'], ['queue_items.id'], name=op.f('fk_evaluations_queue_item_id')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['users.id'], name=op.f('fk_evaluations_reviewer_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_evaluations_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluations'))
    )
    with op.batch_alter_table('evaluations', schema=None) as batch_op:
        batch_op.create_index('ix_evaluations_call_id', ['call_id'], unique=False)
        batch_op.create_index('ix_evaluations_reviewer_id_state', ['reviewer_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_evaluations_revision_id'), ['revision_id'], unique=False)
        batch_op.create_index('ix_evaluations_state_is_current', ['state', 'is_current'], unique=False)

    op.create_table('marks',
    sa.Column('evaluation_id', BigId, nullable=False),
    sa.Column('checkpoint_id', BigId, nullable=False),
    sa.Column('is_marked', sa.Boolean(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=True),
    sa.Column('at_ms', sa.Integer(), nullable=True),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('should_have_said', sa.Text(), nullable=False),
    sa.Column('marked_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['checkpoint_id'], ['checkpoints.id'], name=op.f('fk_marks_checkpoint_id')),
    sa.ForeignKeyConstraint(['evaluation_id'], ['evaluations.id'], name=op.f('fk_marks_evaluation_id')),
    sa.PrimaryKeyConstraint('evaluation_id', 'checkpoint_id', name=op.f('pk_marks'))
    )

    op.execute(
        "CREATE INDEX ix_calls_comment_started_at ON calls (substr(comment, 1, 60), started_at) "
        "WHERE comment IS NOT NULL"
    )
    if op.get_bind().dialect.name == "sqlite":
        # Three-letter index of search_text; the text itself stays in calls (external content).
        op.execute(
            "CREATE VIRTUAL TABLE calls_search USING fts5("
            "search_text, content='calls', content_rowid='id', detail='none', columnsize=0, "
            "tokenize='trigram case_sensitive 1')"
        )
        op.execute(
            "CREATE TRIGGER calls_search_insert AFTER INSERT ON calls WHEN new.search_text <> '' BEGIN "
            "INSERT INTO calls_search(rowid, search_text) VALUES (new.id, new.search_text); END"
        )
        op.execute(
            "CREATE TRIGGER calls_search_delete AFTER DELETE ON calls WHEN old.search_text <> '' BEGIN "
            "INSERT INTO calls_search(calls_search, rowid, search_text) VALUES ('delete', old.id, old.search_text); END"
        )
        op.execute(
            "CREATE TRIGGER calls_search_update AFTER UPDATE OF search_text ON calls "
            "WHEN old.search_text <> new.search_text BEGIN "
            "INSERT INTO calls_search(calls_search, rowid, search_text) "
            "SELECT 'delete', old.id, old.search_text WHERE old.search_text <> ''; "
            "INSERT INTO calls_search(rowid, search_text) SELECT new.id, new.search_text WHERE new.search_text <> ''; END"
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
